"""Follow a board's console: time on each line, back again after a reset, addresses of a crash explained."""

import time

import serial

from firmware import devices
from firmware.errors import UserError

_POLL_S = 0.1
_RETRY_S = 0.25


class Screen:
    """Writes a console's output as it comes, with what belongs before and below each line.

    :param write: called with pieces of text.
    :param stamp: called for the text in front of a line, None for none.
    :param explain: called with a finished line, returns lines to show below it.
    """

    def __init__(self, write, *, stamp=None, explain=None):
        self._write = write
        self._stamp = stamp
        self._explain = explain
        self._line = ""
        self._partial = b""

    def feed(self, data):
        """Show `data`, which may end anywhere, in the middle of a character too."""
        text, self._partial = _decode(self._partial + data)
        for piece in text.replace("\r", "").splitlines(keepends=True):
            self._show(piece)

    def note(self, text):
        """Show a line of our own, on a line of its own."""
        if self._line:
            self._show("\n")
        self._write(f"--- {text} ---\n")

    def _show(self, piece):
        if not self._line and self._stamp:
            self._write(self._stamp())
        self._write(piece)
        self._line += piece
        if piece.endswith("\n"):
            for extra in self._explain(self._line) if self._explain else ():
                self._write(f"    {extra}\n")
            self._line = ""


def follow(port, baud, screen, *, patience_s=None, stop=lambda: False):
    """Show what arrives at `port` until `stop()` says so; when the port goes away, wait for it to come back.

    :param patience_s: how long to wait for a port that went away, None for as long as it takes.
    :raises UserError: when the port cannot be opened at first, or does not come back in time.
    """
    console = _open(port, baud)
    while console and not stop():
        try:
            screen.feed(console.read(console.in_waiting or 1))
        except OSError:  # what pyserial raises is one too
            console.close()
            screen.note(f"{port} went away, waiting for it")
            console = _reopen(port, baud, patience_s, stop)
            if console:
                screen.note(f"{port} is back")
    if console:
        console.close()


def stamp():
    """The time of day to a millisecond, for `Screen`."""
    now = time.time()
    return time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 1000) % 1000:03} "


def _open(port, baud):
    obstacle = devices.obstacle(port)  # two programs at one port take each other's bytes
    if obstacle:
        raise UserError(obstacle)
    try:
        return serial.serial_for_url(port, baud, timeout=_POLL_S)
    except (OSError, ValueError) as error:
        raise UserError(
            f"cannot open {port!r}: {_reason(error)}, check the cable and that nothing else has the port open"
        ) from error


def _reason(error):
    return str(getattr(error, "strerror", None) or error).partition(": ")[2] or str(error)


def _reopen(port, baud, patience_s, stop):
    deadline = None if patience_s is None else time.monotonic() + patience_s
    while not stop():
        try:
            return _open(port, baud)
        except UserError:
            if deadline and time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
    return None


def _decode(data):
    """Text, and the bytes at the end that are the beginning of a character yet to come."""
    for length in range(min(3, len(data)) + 1):
        try:
            return data[: len(data) - length].decode(), data[len(data) - length :]
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), b""
