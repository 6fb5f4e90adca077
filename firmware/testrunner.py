"""The host's end of the protocol that device/testrunner.py describes."""

import base64
import secrets
import time
from typing import NamedTuple

from firmware.links import LinkLost

_PIECE = 150  # bytes of a file in one line: a board's receive buffer holds about 256 characters
_COMMAND_SECONDS = 60  # for what is not a test
_GRACE_SECONDS = 3  # for an interrupted test to say where it was
_SPINS = 5000
_SPIN_SECONDS = 0.02  # a machine that is slower than this at calling an empty function _SPINS times gets more time
#: what a board shows when it has started anew and nothing runs
_PROMPTS = (b'Type "help()" for more information.\n>>> ', b"raw REPL; CTRL-B to exit\n>")


class Answer(NamedTuple):
    """The outcome of one command on the target."""

    outcome: str  # passed, skipped, failed, crashed, timed out
    ms: int
    text: str  # traceback, reason
    output: str  # what was printed meanwhile


class Runner:
    """The host's end of the protocol written above device/testrunner.py.

    :param connect: called with the mark of this session, returns a link.
    :raises LinkLost: when there is no test runner at its other end.
    """

    def __init__(self, connect):
        mark = secrets.token_hex(3)
        self._mark = f"\x1e{mark} ".encode()
        self._received = b""
        self._link = connect(mark)
        if not self._answer(_COMMAND_SECONDS):
            raise LinkLost(f"has no test runner: {self.output()}")

    def load(self, name):
        """Have the module `name` imported."""
        return self._ask(f"load {name}", _COMMAND_SECONDS)

    def run(self, function, case, seconds):
        """Run one test within `seconds`."""
        return self._ask(f"run {function} {case}", seconds)

    def slowness(self):
        """Measure how many times slower the target is than a fast machine, 1 at the least."""
        start = time.monotonic()
        self._ask(f"spin {_SPINS}", _COMMAND_SECONDS)
        return max(1, (time.monotonic() - start) / _SPIN_SECONDS)

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

    def _ask(self, command, seconds):
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

    def _must(self, command):
        answer = self._ask(command, _COMMAND_SECONDS)
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
            if self._received.endswith(_PROMPTS):
                raise LinkLost("was reset")
            self._received += self._link.read(left)
        output, _, report = self._received[: -len(end)].partition(self._mark)
        head, _, text = report.decode(errors="replace").partition("\n")
        outcome, ms = head.split()
        return Answer(outcome, int(ms), text.strip(), output.decode(errors="replace"))
