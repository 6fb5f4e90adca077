"""Listening sockets, and a transport over a non-blocking socket."""
import sys

from . import compat
from .compat import const
from .wire import Disconnected

try:
    import socket
except ImportError:  # a board without a network: the framework runs behind a test client there
    socket = None

_PIECE = const(1024)  # what MicroPython receives at once, in bytes
_BURST = const(8)  # sends and receives in a row
# Where MicroPython does not name the option, only Linux is known to take it.
_NODELAY = getattr(socket, 'TCP_NODELAY', 1 if sys.platform == 'linux' else 0)
# those of the module select, which Windows has not
POLLIN = const(1)
POLLOUT = const(4)

#: Error numbers that only say that the client went away: EPIPE, ECONNRESET
#: (BSD, Linux), ENOTCONN of lwIP, EBADF, ECONNABORTED (Linux, lwIP), ENOTCONN,
#: ETIMEDOUT (Linux, lwIP, BSD).
MUTED_SOCKET_ERRORS = [32, 54, 104, 128, 9, 103, 113, 107, 110, 116, 60]


def is_disconnect(exc):
    """Tell whether an exception only says that the client went away."""
    number = exc.args[0] if exc.args else None
    # mbedTLS puts its own codes in errno, negative ones
    return number in MUTED_SOCKET_ERRORS or isinstance(number, int) and number < 0


def listen(host, port, backlog):
    """Open a non-blocking listening socket.

    :param host: address or name to listen on.
    :param port: port number; 0 takes a free one.
    :param backlog: how many connections may wait to be accepted.
    :raises OSError: when the address is in use or does not exist.
    """
    info = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
    sock = socket.socket(info[0])
    try:
        if sys.platform != 'win32':  # where it would let others take the port over
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(info[-1])
        sock.listen(backlog)
        sock.setblocking(False)
    except Exception:
        sock.close()
        raise
    return sock


def accept(listener):
    """Accept a connection; returns the socket and the address of the client, a ``(host, port)`` tuple."""
    sock, addr = listener.accept()
    return sock, address(addr)


def address(addr):
    """Return the address of a client as ``(host, port)``; that of the unix port of MicroPython is packed."""
    if isinstance(addr, (bytes, bytearray)):
        family, host, port = socket.sockaddr(addr)[:3]
        addr = (socket.inet_ntop(family, host), port)
    return addr[:2] if isinstance(addr, tuple) else addr  # of IPv6 there are more


def open_transport(sock, cls, write_timeout_ms, ssl=None):
    """Make a transport of an accepted socket.

    :param sock: the socket; small writes will leave at once.
    :param cls: a subclass of :class:`SocketTransport`.
    :param write_timeout_ms: how long the peer may take to accept data, in milliseconds.
    :param ssl: an ``SSLContext``, or ``None``; the handshake takes place when data is first received.
    """
    sock.setblocking(False)
    if _NODELAY:
        try:
            sock.setsockopt(6, _NODELAY, 1)  # IPPROTO_TCP
        except OSError:
            pass  # not a TCP socket
    if not ssl:
        return cls(sock, write_timeout_ms)
    cls = getattr(cls, 'tls', cls)  # CPython has another one, which may have to write in order to read
    transport = cls(ssl.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), write_timeout_ms)
    transport.raw = sock
    return transport


class SocketTransport:
    """A transport over a non-blocking socket; how to wait is up to subclasses.

    They have ``await wait(event, deadline)``, which raises :class:`TimedOut`, and
    ``await breathe()``, which lets others run.

    :param sock: the socket.
    :param write_timeout_ms: how long the peer may take to accept data, in
                             milliseconds.
    """
    deadline = None
    # sends and receives since it had to wait
    _busy = 0

    #: The socket below a TLS socket.
    raw = None

    def __init__(self, sock, write_timeout_ms):
        self.sock = sock
        self.write_timeout_ms = write_timeout_ms

    def timer(self, ms):
        self.deadline = compat.ticks_add(compat.ticks_ms(), ms) if ms else None

    async def recv(self, n):
        if self._busy >= _BURST:
            # a connection that never has to wait would keep others from running
            self._busy = 0
            await self.breathe()
        while True:
            try:
                data = self.read(n)
            except OSError as exc:
                raise Disconnected(*exc.args)
            if data is not None:
                self._busy += 1
                return data
            await self.wait(POLLIN, self.deadline)
            self._busy = 0

    async def send(self, data):
        size = len(data)
        deadline = None
        while True:
            try:
                sent = self.write(data)
            except OSError as exc:
                raise Disconnected(*exc.args)
            if sent == size:
                self._busy += 1
                if self._busy >= _BURST:
                    self._busy = 0
                    await self.breathe()
                return
            if sent:
                data = memoryview(data)[sent:]
                size -= sent
                deadline = None
            if deadline is None:
                deadline = compat.ticks_add(compat.ticks_ms(), self.write_timeout_ms)
            await self.wait(POLLOUT, deadline)

    # Both return at once, with None or 0 if nothing can be done yet.
    if compat.MICROPYTHON:
        def read(self, n):
            # what n bytes take is allocated before it is known how many there are
            return self.sock.read(n if n < _PIECE else _PIECE)

        def write(self, data):
            return self.sock.write(data)
    else:
        from .cpython import end, read, tls, write

    def close(self):
        self.sock.close()
        if self.raw:
            # MicroPython's TLS sockets let go of it, open, when the handshake fails
            self.raw.close()
