# Start the app: at boot on a board, by `microdot run` elsewhere; and stop trying when it keeps crashing.
#
# The app is the first of these that has a main module: app/ in the file system (where `microdot deploy` puts it), the
# root of the file system, the ROMFS, the firmware. Where there is none, the status page takes its place.
#
# A module with main() does everything itself, the network included. Of one with `app` alone the launcher brings up the
# network and serves `app`.
import io
import os
import sys
import time

from onboard import journal

_ROOT = os.getcwd().rstrip("/")
_DEPLOYED = _ROOT + "/app"
_ROM = "/rom"
_FROZEN = ".frozen/app"
_CRASH_FILE = _ROOT + "/crash.txt"  # the number of crashes in a row, then the last one's traceback
_TRIES = 3
_STABLE_MS = 60000  # an app that ran for so long is in no loop
_PAUSE_S = 3


def boot(host="0.0.0.0", port=80):
    """Start the app, again when it crashes, until it has crashed _TRIES times in a row."""
    started = time.ticks_ms()
    try:
        journal.finish()
        if find() is None and not _has_sockets():
            print("no app here yet: `microdot mount APP` or `microdot deploy APP` on your computer brings one")
            return
        main(host=host, port=port)
    except KeyboardInterrupt:
        print("stopped; Ctrl-D starts the app again")
    except Exception as error:
        _crashed(error, time.ticks_diff(time.ticks_ms(), started))


def main(name="main", folder=None, host="0.0.0.0", port=80):
    """Run the app once: its main module `name` in `folder`, or the one that is found."""
    run(load(folder or find(), name), host, port)


def find():
    """The folder that the app's main module is in; None where there is no app."""
    for folder in (_DEPLOYED, _ROOT, _ROM):
        if _has_main(folder):
            return folder
    try:
        from _microdot_build import app
    except ImportError:
        return None
    return _FROZEN if app else None


def load(folder, name="main"):
    """Import the main module in `folder`, whose modules and libraries are found from then on; None gives the status page."""
    if folder is None:
        from onboard import status

        return status
    sys.path[:0] = [folder, folder + "/lib"]
    try:
        # an app's data files are where they are in its folder; what is in flash has them beside it in the file system
        os.chdir(_DEPLOYED if folder in (_ROM, _FROZEN) else folder)
    except OSError:
        pass  # it has none
    return __import__(name)


def run(module, host="0.0.0.0", port=80):
    """Run main() of `module`, else serve its `app`; with neither it has done its work on import."""
    entry = getattr(module, "main", None)
    if entry:
        result = entry()
        if hasattr(result, "send"):
            import asyncio

            asyncio.run(result)
    elif hasattr(module, "app"):
        from onboard import wifi

        address = wifi.up()
        if address:
            print("serving on http://%s:%d/" % (address, port))
        module.app.run(host=host, port=port)


def why():
    """Print the last crash of the app, if it had one."""
    print(_last_crash()[1])


def _has_sockets():
    try:
        __import__("socket")
        return True
    except ImportError:
        return False


def _has_main(folder):
    for suffix in (".py", ".mpy"):
        try:
            os.stat(folder + "/main" + suffix)
            return True
        except OSError:
            pass
    return False


def _crashed(error, ran_ms):
    text = io.StringIO()
    sys.print_exception(error, text)
    # ticks wrap after days, and a negative difference is one of them
    count = 1 if ran_ms < 0 or ran_ms > _STABLE_MS else _last_crash()[0] + 1
    print(text.getvalue())
    if not _remember(count, text.getvalue()):
        print("the app crashed, and there is no file system to count that in: not started again")
    elif count < _TRIES:
        _restart(count)
    else:
        print("the app crashed %d times in a row, as above: not started again." % count)
        print("Ctrl-D tries once more, launcher.why() shows the crash again; mend it by `microdot mount` or `microdot deploy`")


def _restart(count):
    print("the app crashed (%d of %d), starting again in %d s, Ctrl-C for a prompt" % (count, _TRIES, _PAUSE_S))
    try:
        time.sleep(_PAUSE_S)
    except KeyboardInterrupt:
        return
    import machine

    machine.soft_reset()  # keeps a USB console open, which a hard one does not


def _last_crash():
    try:
        with open(_CRASH_FILE) as file:
            return int(file.readline()), file.read()
    except (OSError, ValueError):
        return 0, "no crash is known"


def _remember(count, text):
    try:
        with open(_CRASH_FILE, "w") as file:
            file.write("%d\n%s" % (count, text))
        return True
    except OSError:
        return False
