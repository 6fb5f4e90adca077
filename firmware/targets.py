"""What `pytest --target` can run portable tests on, and how one test is run there."""

import ast
import base64
import secrets
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from firmware import mpy
from firmware.errors import UserError
from firmware.links import LinkLost, ProcessLink, ReplLink
from firmware.rewrite import show_values

_PIECE = 150  # bytes of a file in one line: a board's receive buffer holds about 256 characters
_COMMAND_SECONDS = 30  # for what is not a test
_GRACE_SECONDS = 3  # for an interrupted test to say where it was
_SPINS = 5000
_SPIN_SECONDS = 0.02  # a machine that is slower than this at calling an empty function _SPINS times gets longer limits


class Answer(NamedTuple):
    """The outcome of one command on the target."""

    outcome: str  # passed, skipped, failed, crashed, timed out
    ms: int
    text: str  # traceback, reason
    output: str  # what was printed meanwhile


class Target:
    """A MicroPython that tests are sent to; started when first used and again after a crash.

    :param name: as shown in the reports.
    :param machine: has `prepare(progress)`, `connect(mark)` and `close()`.
    """

    def __init__(self, name, machine):
        self.name = name
        self._machine = machine
        self._runner = None
        self._loaded = None
        self._slowness = None

    def prepare(self, progress=None):
        """Have the image built; `progress(step, line)` is told how that goes."""
        self._machine.prepare(progress)

    def load(self, path):
        """Have the module of tests at `path` imported on the target; returns the `Answer` where that fails, else None."""
        if self._loaded == path:
            return None
        self._drop()
        return self._told(lambda: self._send(path))

    def run(self, function, case, seconds):
        """Run one test of the module that is loaded and return its `Answer`.

        :param case: which set of parameters, -1 for none.
        :param seconds: the time limit on a fast machine; a slow one gets more in proportion.
        """
        return self._told(lambda: self._runner.ask(f"run {function} {case}", seconds * self._slowness))

    def close(self):
        """Stop the machine."""
        self._drop()
        self._machine.close()

    def _told(self, step):
        """The answer to `step`, whatever happens to the target."""
        try:
            answer = step()
        except LinkLost as error:
            answer = Answer("crashed", 0, f"{self.name} {error}", self._runner.output() if self._runner else "")
        if answer and answer.outcome in ("crashed", "timed out"):
            self._drop()
        return answer

    def _send(self, path):
        self._runner = Runner(self._machine.connect)
        for name, data in _files(path):
            self._runner.send_file(name, data)
        self._slowness = self._slowness or self._measure()
        answer = self._runner.ask(f"load {path.stem}", _COMMAND_SECONDS * self._slowness)
        if answer.outcome != "passed":
            return answer
        self._loaded = path
        return None

    def _measure(self):
        start = time.monotonic()
        self._runner.ask(f"spin {_SPINS}", 10 * _COMMAND_SECONDS)
        return max(1, (time.monotonic() - start) / _SPIN_SECONDS)

    def _drop(self):
        if self._runner:
            self._runner.close()
        self._runner = self._loaded = None


class Runner:
    """The host's end of the protocol written above device/testrunner.py.

    :param connect: called with the mark of this session, returns a link.
    """

    def __init__(self, connect):
        mark = secrets.token_hex(3)
        self._mark = f"\x1e{mark} ".encode()
        self._received = b""
        self._link = connect(mark)
        if not self._answer(_COMMAND_SECONDS):
            raise LinkLost(f"has no test runner: {self.output()}")

    def ask(self, command, seconds):
        """Send `command` and wait for its answer; interrupt it after `seconds`."""
        self._received = b""
        self._link.write(command)
        answer = self._answer(seconds)
        if answer:
            return answer
        self._link.interrupt()
        late = self._answer(_GRACE_SECONDS)
        ms = round(seconds * 1000)
        return late._replace(outcome="timed out", ms=ms) if late else Answer("timed out", ms, "", self.output())

    def send_file(self, name, data):
        """Put a file into the target's RAM file system."""
        for start in range(0, len(data), _PIECE):
            self._must(f"put {base64.b64encode(data[start : start + _PIECE]).decode()}")
        self._must(f"save {name}")

    def output(self):
        """What has been received so far of an answer that did not come."""
        return self._received.decode(errors="replace")

    def close(self):
        self._link.close()

    def _must(self, command):
        answer = self.ask(command, _COMMAND_SECONDS)
        if answer.outcome != "passed":
            raise LinkLost(f"did not take `{command[:20]}`: {answer.text or answer.outcome}")

    def _answer(self, seconds):
        """The next answer, or None where there is none within `seconds`."""
        deadline = time.monotonic() + seconds
        end = self._mark + b"end\n"
        while not self._received.endswith(end):
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._received += self._link.read(left)
        output, _, report = self._received[: -len(end)].partition(self._mark)
        head, _, text = report.decode(errors="replace").partition("\n")
        outcome, ms = head.split()
        return Answer(outcome, int(ms), text.strip(), output.decode(errors="replace"))


class Unix:
    """The unix port.

    :param image: path of an executable, or None for the one of this repo, built when it is needed.
    """

    def __init__(self, image=None):
        self._image = image

    def prepare(self, progress):
        if not self._image:
            self._image = _build("unix", progress).image

    def connect(self, mark):
        return ProcessLink(self._image, mark)

    def close(self):
        pass


class Emulated:
    """A board in an emulator."""

    def __init__(self, board):
        self._board = board
        self._artifact = None
        self._machine = None

    def prepare(self, progress):
        self._artifact = _build(self._board, progress)

    def connect(self, mark):
        if self._machine is None:
            return self._boot(mark)
        try:
            return ReplLink(self._machine.console, mark)
        except UserError:  # it hangs or has died: a board would be reset now
            self.close()
            return self._boot(mark)

    def close(self):
        if self._machine:
            self._machine.close()
        self._machine = None

    def _boot(self, mark):
        from firmware import emulate

        self._machine = emulate.boot(self._board, self._artifact)
        return ReplLink(self._machine.console, mark)


class Serial:
    """A real board at a serial device, or any console at a URL that pyserial opens."""

    def __init__(self, port):
        self._port = port

    def prepare(self, progress):
        pass

    def connect(self, mark):
        return ReplLink(self._port, mark)

    def close(self):
        pass


def find(spec):
    """The target called `spec`: `unix`, a board that can be emulated, `unix:IMAGE`, `serial:PORT`, `socket://HOST:PORT`.

    :raises UserError: when there is none of that name.
    """
    kind, _, rest = spec.partition(":")
    if kind == "serial" and rest:
        return Target(Path(rest).name, Serial(rest))
    if kind == "socket" and rest:
        return Target(rest.strip("/"), Serial(spec))
    if kind == "unix":
        return Target("unix", Unix(rest or None))
    return _emulated(spec)


def _emulated(name):
    from firmware import boards

    board = boards.load(name)
    if not board.emulator:
        raise UserError(f"board {name!r} cannot be emulated, connect one and use --target serial:PORT")
    return Target(name, Emulated(board))


def _build(board, progress):
    from firmware import build

    return build.build(board, progress=progress)


def modules(path):
    """The files that the tests in `path` need on the target: the module itself, and those beside it that it imports."""
    found = {}
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = True
            waiting += _imported(module)
    return list(found)


def _imported(module):
    for node in ast.walk(ast.parse(module.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            beside = module.with_name(f"{name}.py")
            if beside.is_file():
                yield beside


@cache
def _files(path):
    return [(f"{module.stem}.mpy", _compile(module)) for module in modules(path)]


def _compile(module):
    """The module as .mpy, with the values of its assertions kept, known to the target by its bare file name."""
    return mpy.compile(show_values(module.read_text()), module.name)
