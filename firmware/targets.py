"""What `pytest --target` can run portable tests on."""

from pathlib import Path

from firmware import rewrite
from firmware.errors import UserError
from firmware.links import SERVE, LinkLost, ProcessLink, ReplLink
from firmware.testrunner import Answer, Runner

_RESTART_SECONDS = 15  # for a board that crashed to be back on USB


class Target:
    """A MicroPython that tests are sent to; each module of tests finds it freshly started.

    :param name: as shown in the reports.
    :param machine: has `prepare(progress)`, `connect(mark)`, `reset()` and `close()`.
    """

    def __init__(self, name, machine):
        self.name = name
        self._machine = machine
        self._runner = None
        self._loaded = None
        self._slowness = None
        self._unusable = None

    def prepare(self, progress=None):
        """Have the image built and started; `progress(step, line)` is told how that goes.

        :raises UserError: when there is nothing to run tests on.
        """
        self._machine.prepare(progress)
        try:
            self._start()
        except LinkLost as error:
            raise UserError(f"it {error}, build the board's image with `microdot build` and flash it") from error

    def load(self, path):
        """Have the module of tests at `path` imported on the target; returns the `Answer` where that fails, else None.

        :raises UserError: when the target cannot be started, and has not been able to be since.
        """
        if self._loaded == path:
            return None
        if self._unusable:
            raise self._unusable
        answer = self._told(lambda: self._load(path))
        if answer.outcome != "passed":
            return answer
        self._loaded = path
        return None

    def run(self, function, case, seconds):
        """Run one test of the module that is loaded and return its `Answer`.

        :param case: which set of parameters, -1 for none.
        :param seconds: the time limit on a fast machine; a slow one gets more in proportion.
        """
        return self._told(lambda: self._runner.run(function, case, seconds * self._slowness))

    def close(self):
        """Stop the machine."""
        self._stop()
        self._machine.close()

    def _load(self, path):
        if self._loaded or not self._runner:
            self._start()
        for name, data in rewrite.files(path):
            self._runner.send_file(name, data)
        return self._runner.load(path.stem)

    def _told(self, step):
        """The answer to `step`, whatever happens to the target."""
        try:
            answer = step()
        except LinkLost as error:
            answer = Answer("crashed", 0, f"{self.name} {error}", self._runner.output() if self._runner else "")
        if answer.outcome in ("crashed", "timed out"):
            self._stop()
            if not answer.text or answer.outcome == "crashed":  # it did not even answer to Ctrl-C
                self._machine.reset()
        return answer

    def _start(self):
        self._stop()
        try:
            self._runner = Runner(self._machine.connect)
        except UserError as error:
            self._unusable = error
            raise
        self._slowness = self._slowness or self._runner.slowness()

    def _stop(self):
        if self._runner:
            self._runner.close()
        self._runner = self._loaded = None


class _Process:
    # A program of this machine: every connection has one of its own.
    def reset(self):
        pass

    def close(self):
        pass


class Unix(_Process):
    """The unix port.

    :param image: path of an executable, or None for the one of this repo, built when it is needed.
    """

    def __init__(self, image=None):
        self._image = image

    def prepare(self, progress):
        if not self._image:
            self._image = _build("unix", progress).image

    def connect(self, mark):
        try:
            return ProcessLink([self._image, "-c", SERVE.format(mark=mark)])
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UserError(
                f"cannot run {str(self._image)!r} ({reason}), name a MicroPython for this machine"
            ) from error


class WebAssembly(_Process):
    """A WebAssembly image in Node.js."""

    def __init__(self, board):
        self._board = board
        self._artifact = None

    def prepare(self, progress):
        self._artifact = _build(self._board, progress)

    def connect(self, mark):
        from firmware.emulators import node

        # what runs in WebAssembly cannot be interrupted, only ended
        return ProcessLink(node.command(self._artifact, SERVE.format(mark=mark)), interruptible=False)


class Emulated:
    """A board in an emulator."""

    def __init__(self, board):
        self._board = board
        self._artifact = None
        self._machine = None

    def prepare(self, progress):
        self._artifact = _build(self._board, progress)

    def connect(self, mark):
        from firmware import emulate

        if self._machine is None:
            self._machine = emulate.boot(self._board, self._artifact)
        return ReplLink(self._machine.console, mark)

    def reset(self):
        self.close()

    def close(self):
        if self._machine:
            self._machine.close()
        self._machine = None


class Serial:
    """A real board at a serial device, or any console at a URL that pyserial opens."""

    def __init__(self, port):
        self._port = port
        self._patience = 0  # a port that has never been there will not come

    def prepare(self, progress):
        pass

    def connect(self, mark):
        link = ReplLink(self._port, mark, self._patience)
        self._patience = _RESTART_SECONDS
        return link

    def reset(self):
        pass  # nobody is there to press its button; a crashed board resets itself

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
        return Target("unix", Unix(Path(rest).absolute() if rest else None))
    return _emulated(spec)


def _emulated(name):
    from firmware import boards, emulate

    board = boards.load(name)
    if not board.emulator:
        raise UserError(f"board {name!r} cannot be emulated, connect one and use --target serial:PORT")
    return Target(name, WebAssembly(board) if board.emulator == emulate.TESTS_ONLY else Emulated(board))


def _build(board, progress):
    from firmware import build

    return build.build(board, progress=progress)
