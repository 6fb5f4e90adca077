"""Run an app where it is developed: in the unix image, on CPython, or in a board's image that an emulator boots."""

import contextlib
import subprocess
import sys
import time

from firmware import posix, shell
from firmware.errors import UserError
from firmware.paths import DEVICE, FRAMEWORK

_BOARD_PORT = 80  # where the launcher serves an app on a board
_GREETING_S = 1  # what the board says before someone listens is shown from the transcript
_GLANCE_S = 0.1  # how often the console of an emulated board is looked at
_TERMINAL = ("--raw", "--eol", "CR", "--quiet")  # pyserial's, as mpremote's own takes no socket
_STOP_S = 5  # how long a program may take to end after Ctrl-C before it is killed


def unix(artifact, port, args=()):
    """Start the image of the unix board as a board starts at boot; return its exit status when it ends."""
    artifact.data.mkdir(exist_ok=True)
    boot = _boot("launcher.find()", "main", artifact.info["app"], port)
    return foreground([artifact.image, *args, "-c", boot], cwd=artifact.data)


def cpython(app, port, dry_run=False):
    """Start `app` from its folder on this CPython; return its exit status when it ends."""
    path = [str(DEVICE), str(FRAMEWORK.parent)]
    boot = _boot(repr(str(app.folder)), app.main.stem, app.name, port)
    cmd = [sys.executable, "-u", "-c", f"import sys\nsys.path[:0] = {path!r}\n{boot}"]
    if dry_run:
        print(shell.as_typed(cmd, cwd=app.folder))
        return 0
    return foreground(cmd, cwd=app.folder)


def board(board, artifact, port, repl=False, app=None):
    """Switch on the emulated `board`, lead `port` of this machine to its app until Ctrl-C; return the exit status.

    The data files of `app`, which are not in the image, are put onto the board first, as flashing does it.
    The app is reached by the board's network, or where it has none, through its console. With `repl`, or on a terminal
    while the console is free, one can type at it.
    """
    from firmware import deploy, emulate

    name = artifact.info["app"] or "the status page"
    forward = {"forward": {port: _BOARD_PORT}} if board.network else {}
    if not repl or board.network:
        require_free(port)
    with emulate.boot(board, artifact, **forward) as machine:
        if any(file.is_file() for file in artifact.data.rglob("*")):
            deploy.deploy(app, machine.console, way="data")
        if not (repl or board.network):
            return _tunnel(machine, board, name, port)
        if board.network:
            emulate.await_http(machine, port)
            print(f"{name} on http://localhost:{port}/, by the network of the emulated {board.name}", flush=True)
        print(f"its console is at {machine.console}", flush=True)
        if sys.stdin.isatty() and sys.stdout.isatty():
            return _type(machine)
        return _follow(machine)


def _tunnel(machine, board, name, port):
    """Serve the app through the console."""
    from firmware.tunnel import Tunnel

    with contextlib.suppress(KeyboardInterrupt), Tunnel(machine.console, port) as tunnel:
        print(
            f"{name} on http://localhost:{port}/, through the console of the emulated {board.name}, Ctrl-C stops it",
            flush=True,
        )
        tunnel.serve_forever()
    return 0


def _type(machine):
    """Give the terminal to the console."""
    print("Ctrl-] leaves it")
    time.sleep(_GREETING_S)
    print(machine.shown().decode(errors="replace"), end="", flush=True)
    return foreground([sys.executable, "-m", "serial.tools.miniterm", *_TERMINAL, machine.console])


def _follow(machine):
    """Copy what the console shows to standard output."""
    with contextlib.suppress(KeyboardInterrupt):
        with open(machine.transcript, "rb") as shown:
            while machine.alive:
                sys.stdout.buffer.write(shown.read())
                sys.stdout.flush()
                time.sleep(_GLANCE_S)
            sys.stdout.buffer.write(shown.read())
        return machine.process.returncode
    return 0


def _boot(folder, main, name, port):
    """Python that starts an app as the launcher does, says where it serves, and ends without a word at Ctrl-C.

    :param folder: an expression for the folder of its module `main`.
    """
    served = f"{name} on http://localhost:{port}/, Ctrl-C stops it"
    by_itself = f"{name} runs its own main(), which chooses the port, not --port; Ctrl-C stops it"
    return f"""import launcher
try:
    module = launcher.load({folder}, {main!r})
    if hasattr(module, "main"):
        print({by_itself!r})
    elif hasattr(module, "app"):
        print({served!r})
    launcher.run(module, port={port})
except KeyboardInterrupt:
    pass"""


def foreground(cmd, cwd=None):
    """Run `cmd` on this terminal until it ends or Ctrl-C ends it; return its exit status, 0 after Ctrl-C."""
    process = subprocess.Popen([str(word) for word in cmd], cwd=cwd)
    try:
        return process.wait()
    except KeyboardInterrupt:
        _stop(process)
        return 0


def _stop(process):
    """End `process`, which a terminal's Ctrl-C has reached already, but a signal sent to us alone has not."""
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        posix.interrupt(process)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def require_free(port):
    """Check that nothing listens on `port` yet.

    :raises UserError: naming another port to try.
    """
    import socket

    with socket.socket() as probe:
        if not posix.WINDOWS:  # where it would let two programs have the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except PermissionError as error:
            raise UserError(f"port {port} needs root, choose one above 1023 with --port") from error
        except OSError as error:
            raise UserError(f"port {port} is in use, choose another with --port {port + 1}") from error
