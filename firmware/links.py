"""Bytes to and from the test runner on a target: a process of this machine, or a board behind a REPL."""

import os
import select
import signal
import socket
import subprocess
import tempfile
import time

from firmware import posix
from firmware.errors import UserError

#: Python that starts the test runner with a mark
SERVE = "import testrunner; testrunner.serve({mark!r})"
_START_SECONDS = 30  # an emulated board that boots six times slower than the real one


class LinkLost(Exception):
    """The target is gone; the text says how it ended."""


class ProcessLink:
    """A MicroPython that is a process, in an empty folder, so that nothing of this machine can be imported.

    :param command: the words that start it with the test runner.
    :param interruptible: whether a signal interrupts what runs, as Ctrl-C does on a board.
    """

    def __init__(self, command, interruptible=True):
        self._interruptible = interruptible
        self._folder = tempfile.TemporaryDirectory(prefix="microdot-target-")
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=self._folder.name,
            env={name: value for name, value in os.environ.items() if name != "MICROPYPATH"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the user's Ctrl-C is for pytest
            bufsize=0,
        )

    def write(self, line):
        try:
            self._process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError as error:
            raise LinkLost(self._ending()) from error

    def read(self, seconds):
        """What has arrived within `seconds`, b'' for nothing.

        :raises LinkLost: when the process has ended.
        """
        if not select.select([self._process.stdout], [], [], max(0, seconds))[0]:
            return b""
        data = os.read(self._process.stdout.fileno(), 65536)
        if not data:
            raise LinkLost(self._ending())
        return data

    def interrupt(self):
        if self._interruptible:
            posix.interrupt(self._process)

    def close(self):
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def _ending(self):
        status = self._process.wait()
        if status < 0:
            return f"died with {signal.Signals(-status).name}"
        return f"ended with status {status}"


class ReplLink:
    """A board's console at a serial device or a `socket://` address, through mpremote's raw REPL.

    :param port: what mpremote's `connect` takes.
    :param mark: what the runner's answers begin with.
    :param patience: how long the port may be away, in seconds: USB vanishes while a board starts anew.
    :raises UserError: when there is nothing that answers.
    """

    def __init__(self, port, mark, patience=0):
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport

        try:
            self._transport = _within(patience, lambda: SerialTransport(port, exclusive=False), TransportError)
            self._serial = self._transport.serial
            send_at_once(self._serial)
            self._begin(mark, TransportError)
        except (TransportError, OSError) as error:
            raise UserError(
                f"no MicroPython answers at {port!r} ({error}), check the cable and that nothing else holds the port"
            ) from error

    def _begin(self, mark, error_type):
        try:
            self._serial.timeout = _START_SECONDS
            # a soft reset gives every module of tests an empty heap and fresh modules
            self._transport.enter_raw_repl(soft_reset=True, timeout_overall=_START_SECONDS)
            self._transport.exec_raw_no_follow(SERVE.format(mark=mark))
        except (error_type, OSError):
            self.close()
            raise

    def write(self, line):
        with _lost_on_error():
            self._serial.write(line.encode() + b"\n")

    def read(self, seconds):
        """What has arrived within `seconds`, b'' for nothing.

        :raises LinkLost: when the port is gone.
        """
        with _lost_on_error():
            self._serial.timeout = max(0.001, seconds)
            first = self._serial.read(1)
            return (first + self._serial.read(self._serial.in_waiting)).replace(b"\r", b"")

    def interrupt(self):
        with _lost_on_error():
            self._serial.write(b"\x03")

    def close(self):
        try:
            self._transport.close()
        except OSError:
            pass  # the port went first


def send_at_once(serial):
    """Over TCP, mpremote's many small writes would each wait 40 ms for an acknowledgement (Nagle's algorithm)."""
    tcp = getattr(serial, "_socket", None)
    if tcp:
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _lost_on_error:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if isinstance(error, OSError):
            raise LinkLost(f"closed its console ({error})") from error


def _within(seconds, connect, error_type):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except (error_type, OSError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)
