"""A board's raw REPL through mpremote: run code there, with what goes wrong told as our users' errors."""

import ast
import contextlib
import io
import select
import textwrap
import time

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from firmware import devices
from firmware.errors import UserError
from firmware.links import send_at_once

_ANSWER_S = 30  # an emulated board is six times slower than a real one
_QUIET_S = 120  # one command may erase a block of flash or hash a file without a word
_TICK_S = 0.002

#: what the raw REPL sends after the output of code, and again after its traceback
END = b"\x04"


class DeviceError(UserError):
    """Code on the board raised; `traceback` is what the board printed."""

    def __init__(self, traceback):
        self.traceback = traceback
        lines = traceback.strip().splitlines() or ["no reason given"]
        super().__init__(f"the board could not do it: {lines[-1]}", detail="\n".join(lines[:-1]))


class LinkLost(UserError):
    """The board does not answer, at first or any more."""


class Repl:
    """The raw REPL at `port`; a context manager that leaves the board at its ordinary prompt.

    :param port: a serial port's name or a `socket://` address.
    :param soft_reset: start with an empty heap; the board's own app is not started then.
    :raises LinkLost: when nothing answers there as MicroPython does.
    """

    def __init__(self, port, *, soft_reset=True):
        self.port = port
        obstacle = devices.obstacle(port)
        if obstacle:
            raise LinkLost(obstacle)
        with _translated(port):
            self.transport = SerialTransport(port)
        send_at_once(self.transport.serial)
        self.enter(soft_reset=soft_reset)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def enter(self, *, soft_reset=True):
        """Interrupt what runs and go to the raw REPL; a soft reset ends a mount too."""
        with _translated(self.port):
            if self.transport.mounted:
                self.transport.mounted = False
                self.transport.serial = self.transport.serial.orig_serial
            self.transport.serial.timeout = _ANSWER_S
            self.transport.enter_raw_repl(soft_reset=soft_reset, timeout_overall=_ANSWER_S)

    def exec(self, code):
        """Run `code` on the board and return what it printed.

        :raises DeviceError: when it raised there.
        """
        with _translated(self.port):
            output, error = self.transport.exec_raw(textwrap.dedent(code), timeout=_QUIET_S)
        if error:
            raise DeviceError(error.decode(errors="replace"))
        return output.decode(errors="replace").replace("\r\n", "\n")

    def eval(self, expression):
        """The value of a Python expression on the board, for what `repr` and literals can carry."""
        return ast.literal_eval(self.exec(f"print(repr({expression}))").strip())

    def mount(self, folder):
        """Mount the local `folder` at /remote on the board and make it the current one there."""
        with _translated(self.port):
            self.transport.mount_local(str(folder))

    def start(self, code):
        """Run `code` without waiting for its end; what it prints comes with `receive`."""
        with _translated(self.port):
            self.transport.exec_raw_no_follow(textwrap.dedent(code))

    def receive(self, wait_s=0.0):
        """What arrives within `wait_s`, b'' for nothing; serves the board's reads of the mounted folder meanwhile."""
        with _translated(self.port):
            serial = self.transport.serial
            waiting = serial.inWaiting()
            if not waiting and self._arrives(wait_s):
                waiting = serial.inWaiting()
            return serial.read(waiting) if waiting else b""

    def _arrives(self, wait_s):
        """Wait until something comes; a round trip of the mounted folder must not cost a sleep."""
        serial = getattr(self.transport.serial, "orig_serial", self.transport.serial)
        try:
            return bool(select.select([serial.fileno()], [], [], wait_s)[0])
        except (io.UnsupportedOperation, AttributeError, ValueError):  # Windows waits for sockets only
            time.sleep(_TICK_S)
            return serial.in_waiting > 0

    def interrupt(self, patience_s=2.0):
        """Send Ctrl-C to what `start` has started, and serve its last reads until it has ended."""
        ends = 0
        deadline = time.monotonic() + patience_s
        with _translated(self.port):
            self.transport.serial.write(b"\x03")
        while ends < 2 and time.monotonic() < deadline:
            ends += self.receive(_TICK_S).count(END)

    def restart(self):
        """Soft reset, so that the board starts what it starts at boot; returns when it does."""
        with _translated(self.port):
            self.transport.exit_raw_repl()
            self.transport.read_until(1, b">>> ", timeout=_ANSWER_S)
            self.transport.serial.write(b"\x04")
            self.transport.read_until(1, b"soft reboot\r\n", timeout=_ANSWER_S)

    def close(self):
        """Leave the board at its ordinary prompt and let the port go."""
        with contextlib.suppress(OSError):  # a board that was unplugged has nothing to be told
            if self.transport.in_raw_repl:
                self.transport.exit_raw_repl()
            self.transport.close()


@contextlib.contextmanager
def _translated(port):
    """mpremote's errors, and what it prints beside them, as a UserError."""
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise):
            yield
    except TransportExecError as error:
        raise DeviceError(error.error_output) from error
    except (TransportError, OSError) as error:
        raise LinkLost(
            devices.obstacle(port)
            or f"no MicroPython answers at {port!r} ({_reason(error)}), check the cable and close what else has the port",
            detail=noise.getvalue().strip(),
        ) from error


def _reason(error):
    return str(getattr(error, "strerror", None) or error)
