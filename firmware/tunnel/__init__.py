"""HTTP to a board that has no network: a port of this machine whose connections end in the app, by way of the console.

The board runs tunnel/device.py from the raw REPL. It asks, in frames of the record separator, a letter and four
hexadecimal digits; what it prints besides is the app's own output:

    \\x1eR NNNN          receive up to NNNN bytes: answered by four digits and as many bytes, 0000 at the end
    \\x1eW NNNN bytes    send
    \\x1eC 0000          close

One connection is served at a time, the others wait.
"""

import select
import socket
import sys
from pathlib import Path

from firmware.errors import UserError

_MARK = b"\x1e"
_END_OF_PROGRAM = b"\x04"  # what the raw REPL sends when the program has ended
_HEAD = 6  # mark, letter, digits
_LARGEST = 0xFFFF
_START_S = 30


class Tunnel:
    """The computer's end.

    :param console: the board's console, for mpremote and pyserial.
    :param port: the port of this machine, 0 for a free one.
    :raises UserError: when the port is taken, or no board answers.
    """

    def __init__(self, console, port):
        self._listener = _listen(port)
        self.port = self._listener.getsockname()[1]
        self._client = None
        self._received = b""
        try:
            self._serial = _start_program(console)
        except BaseException:
            self._listener.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close_client()
        self._listener.close()
        self._serial.close()

    def serve_forever(self):
        """Serve until the board's program ends.

        :raises UserError: then, with what it said.
        """
        actions = {b"R": self._receive, b"W": self._send, b"C": self._close}
        while True:
            letter, number = self._next_frame()
            actions[letter](number)

    def _receive(self, most):
        """Answer with what the client sends next; without a client, with what the next one sends first."""
        if self._client is None:
            self._accept()
        try:
            data = self._client.recv(min(most, _LARGEST))
        except OSError:
            data = b""
        self._serial.write(b"%04x" % len(data) + data)

    def _send(self, length):
        self._fill(length)
        data, self._received = self._received[:length], self._received[length:]
        try:
            self._client.sendall(data)
        except OSError:
            pass  # the client does not want the rest; the board learns it when it reads

    def _close(self, _):
        self._close_client()

    def _close_client(self):
        if self._client:
            self._client.close()
        self._client = None

    def _accept(self):
        """Wait for a client; meanwhile the board may print."""
        while True:
            ready, _, _ = select.select([self._listener, self._serial], [], [])
            if self._serial in ready:
                self._read()
                self._show_until_mark()
            if self._listener in ready:
                self._client, _ = self._listener.accept()
                return

    def _next_frame(self):
        while not self._show_until_mark():
            self._read()
        self._fill(_HEAD)
        head, self._received = self._received[:_HEAD], self._received[_HEAD:]
        return head[1:2], int(head[2:], 16)

    def _show_until_mark(self):
        """Print what the app says; tells whether a frame follows."""
        text, mark, rest = self._received.partition(_MARK)
        if _END_OF_PROGRAM in text:
            self._fail()
        _show(text)
        self._received = mark + rest
        return bool(mark)

    def _fail(self):
        while self._received.count(_END_OF_PROGRAM) < 2:
            self._read()
        output, error = self._received.split(_END_OF_PROGRAM)[:2]
        _show(output)
        raise UserError("the app does not run on the board", detail=error.decode(errors="replace").strip())

    def _fill(self, length):
        while len(self._received) < length:
            self._read()

    def _read(self):
        try:
            first = self._serial.read(1)
            self._received += first + self._serial.read(self._serial.in_waiting)
        except OSError as error:
            raise UserError(f"the board has closed its console ({error})") from error


def _show(text):
    sys.stdout.write(text.replace(b"\r", b"").decode(errors="replace"))
    sys.stdout.flush()


def _listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise UserError(f"port {port} is in use, choose another with --port {port + 1}") from error
    listener.listen()
    return listener


def _start_program(console):
    from mpremote.transport import TransportError
    from mpremote.transport_serial import SerialTransport

    try:
        transport = SerialTransport(console)
        transport.serial.timeout = _START_S
        transport.enter_raw_repl(soft_reset=True, timeout_overall=_START_S)
        transport.exec_raw_no_follow((Path(__file__).parent / "device.py").read_bytes())
    except (TransportError, OSError) as error:
        raise UserError(f"no MicroPython answers at {console!r} ({error})") from error
    transport.serial.timeout = None
    return transport.serial
