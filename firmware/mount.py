"""Run an app on a board straight from its folder here: the development loop.

    collect and compile here -> a folder that mpremote mounts on the board -> run -> on each save, again

The board fetches each module over the link when it is imported. What does not compile never reaches it: the error is told
at once, and the app that runs goes on running.
"""

import re
import shutil
import tempfile
import time
from pathlib import Path

from firmware import apps, bundle
from firmware.deploy import Facts
from firmware.errors import UserError
from firmware.paths import FRAMEWORK
from firmware.repl import END, LinkLost, Repl

_POLL_S = 0.02
_WATCH_S = 0.25
_SETTLE_S = 0.1  # editors write a file in several steps
_RETRY_S = 0.5

_RUN = """
import sys
sys.path.insert(0, '/remote/lib')
import launcher
launcher.run(launcher.load('/remote'))
"""
_BOOTED = re.compile(rb"(?:^|\n)(?:MPY: soft reboot|MicroPython v\d|rst:0x|ets [A-Z])")
_FILE = re.compile(r'File "([^"]+)"')


class Mount:
    """An app on the board at `port`, restarted whenever a file of it changes.

    :param app: the app's path.
    :param framework: send this checkout's framework too, and again whenever a file of it changes; where the firmware has
        none, the framework is sent by itself.
    :param show: called with pieces of text, the board's output and notes of our own.
    """

    def __init__(self, app, port, *, framework=False, show=print):
        self.app = apps.find(app)
        self.port = port
        self._wants_framework = framework
        self._show = show
        self._output = Output(show, self._host_path)
        self._options = None
        self._is_ours = True
        self._folder = Path(tempfile.mkdtemp(prefix="mount-"))
        self._repl = None
        self._ended = True

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        try:
            if self._repl:
                self._leave()
        finally:
            shutil.rmtree(self._folder)

    def run(self, stop=lambda: False):
        """Run the app, and again after each change, until `stop()` says so.

        :raises UserError: when the app is not sound to begin with, or the board is not there.
        """
        found = bundle.collect(self.app)
        seen = self._snapshot()
        self._connect(found)
        while not stop():
            try:
                self._follow(lambda before=seen: stop() or self._snapshot() != before)
                if not stop():
                    seen = self._reload()
            except LinkLost:
                self._note("the board was reset" if self._output.has_booted else "the board went away, waiting for it")
                self._reconnect(stop)

    def _connect(self, found):
        self._repl = Repl(self.port)
        facts = Facts.of(self._repl)
        self._options = facts.options(0)
        self._is_ours = facts.ours
        bundle.write(self._files(found), self._folder)
        self._start()

    def _reconnect(self, stop):
        self._repl.close()
        while not stop():
            try:
                self._repl = Repl(self.port)
            except LinkLost:
                time.sleep(_RETRY_S)
            else:
                return self._start()

    def _files(self, found):
        """What the mounted folder is to hold: the compiled app, and what the firmware has not or not as it is here."""
        files = {} if self._is_ours else bundle.launcher(self._options)
        if self._wants_framework:
            files |= bundle.framework(self._options, optimise=0)  # with line numbers, for those who work on it
        elif not self._is_ours:
            files |= bundle.framework(self._options)
        return files | bundle.compiled(found, self._options, in_place=False)

    def _start(self):
        """Mount and run; the board was reset, so nothing of an earlier run is left."""
        self._note(f"{self.app.name} on {self.port}")
        self._ended = False
        self._output.clear()
        self._repl.mount(self._folder)
        self._repl.start(_RUN)

    def _follow(self, is_enough):
        """Show what the app prints until there is something else to do."""
        looked = time.monotonic()
        while True:
            data = self._repl.receive(_POLL_S)
            if data:
                self._take(data)
            else:
                self._output.flush()
            if time.monotonic() - looked > _WATCH_S:
                looked = time.monotonic()
                if is_enough():
                    return

    def _take(self, data):
        self._output.feed(data)
        if self._output.has_booted:
            raise LinkLost("the board was reset")
        if self._output.has_ended and not self._ended:
            self._ended = True
            self._note("the app has ended, waiting for a change")

    def _reload(self):
        """Bring a change to the board, if it compiles; returns what has been seen of the files."""
        time.sleep(_SETTLE_S)
        seen = self._snapshot()
        try:
            files = self._files(bundle.collect(self.app))
        except UserError as error:
            self._note(f"not reloaded: {error}")
            return seen
        self._halt()
        bundle.write(files, self._folder)
        self._repl.enter()
        self._start()
        return seen

    def _halt(self):
        if not self._ended:
            self._repl.interrupt()

    def _leave(self):
        """Give the board back: it starts what it starts at boot."""
        try:
            self._halt()
            self._repl.enter()
            self._repl.restart()
        except LinkLost:
            pass  # it was unplugged
        finally:
            self._repl.close()

    def _snapshot(self):
        state = {}
        library = FRAMEWORK.rglob("*.py") if self._wants_framework else ()
        for file in (*(self.app.folder / file for file in self.app.files()), *library):
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue  # an editor is at it just now
            state[file] = (stat.st_mtime_ns, stat.st_size)
        return state

    def _host_path(self, line):
        """A line of a traceback with the path of the file here."""
        return _FILE.sub(lambda match: f'File "{self._source(match[1])}"', line)

    def _source(self, name):
        from firmware.console import shown

        folders = [self.app.folder, FRAMEWORK.parent] if self._wants_framework else [self.app.folder]
        paths = (folder / name.removeprefix("/remote/") for folder in folders)
        return next((shown(path) for path in paths if path.is_file()), name)

    def _note(self, text):
        self._output.flush()
        self._show(f"--- {text} ---\n")


class Output:
    """The raw REPL's stream: an app's output, then END, its traceback, END; shown line by line.

    :param translate: applied to each whole line.
    """

    def __init__(self, show, translate):
        self._show = show
        self._translate = translate
        self.clear()

    def clear(self):
        """Begin with a new run."""
        self._pending = b""
        self._idle_since = None
        self.ends = 0
        self.has_booted = False

    @property
    def has_ended(self):
        """Whether the app has come to its end."""
        return self.ends >= 2

    def feed(self, data):
        """Show what of `data` is whole lines."""
        self._idle_since = None
        self.ends += data.count(END)
        data = data.replace(END, b"").replace(b"\r", b"")
        if self.has_ended:
            data = data.removesuffix(b">")  # the raw REPL's prompt
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self.has_booted = self.has_booted or bool(_BOOTED.match(line))
            self._show(self._translate(line.decode(errors="replace")) + "\n")

    def flush(self):
        """Show the beginning of a line too, when no more of it comes: a prompt, dots of progress."""
        if not self._pending:
            return
        self._idle_since = self._idle_since or time.monotonic()
        if time.monotonic() - self._idle_since > _WATCH_S:
            self._show(self._pending.decode(errors="replace"))
            self._pending = b""
