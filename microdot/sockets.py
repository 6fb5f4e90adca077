"""Listening sockets, and a transport over a non-blocking socket."""
import select
import sys

from .compat import MICROPYTHON, const, ticks_add, ticks_diff, ticks_ms
from .wire import Disconnected, TimedOut

try:
    import socket
except ImportError:  # a board without a network: the framework runs behind a test client there
    socket = None

#: Error numbers that only say that the client went away: EPIPE, ECONNRESET
#: (BSD, Linux), ENOTCONN of lwIP, EBADF, ECONNABORTED (Linux, lwIP), ENOTCONN,
#: ETIMEDOUT (Linux, lwIP, BSD).
MUTED_SOCKET_ERRORS = [32, 54, 104, 128, 9, 103, 113, 107, 110, 116, 60]

_BUFFER_SIZE = const(1024)
# How long a client that has connected is taken to be about to send, in milliseconds.
_GRACE_MS = const(250)
_BURST = const(7)  # sends in a row, less one: a bit mask
# Where MicroPython does not name the option, only Linux is known to take it.
_NODELAY = getattr(socket, 'TCP_NODELAY', 1 if sys.platform == 'linux' else 0)
POLLIN = getattr(select, 'POLLIN', 1)  # Windows has no poll()
POLLOUT = getattr(select, 'POLLOUT', 4)


def is_disconnect(exc):
    """Tell whether an ``OSError`` only says that the client went away."""
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
    if not isinstance(addr, tuple):
        # the unix port of MicroPython gives the packed address
        family, host, port = socket.sockaddr(addr)[:3]
        addr = (socket.inet_ntop(family, host), port)
    return sock, addr


class Queue:
    """Clients that have connected, until they begin to send.

    A server without threads serves one client after the other. Browsers connect ahead of need; who is silent must not
    keep the others waiting.

    :param listener: the listening socket.
    :param room: how many clients may be silent at once; a new one then takes the place of the oldest, who is given a
                 moment to begin.
    :param patience_ms: how long a client may be silent, in milliseconds.
    """
    def __init__(self, listener, room, patience_ms):
        self._listener = listener
        self._room = room
        self._patience_ms = patience_ms
        self._waiting = []  # (socket, address, until when), the oldest first
        self._poller = select.poll()
        self._poller.register(listener, POLLIN)

    def next(self, timeout_ms):
        """Return a list of those who can be served now, as ``(socket, address)``; it may be empty.

        :param timeout_ms: how long to wait for one, in milliseconds.
        :raises OSError: when a connection cannot be accepted.
        """
        ready = []
        if len(self._waiting) >= self._room:
            timeout_ms = self._hold(timeout_ms)
        for sock, _ in self._poller.poll(timeout_ms):
            if sock is self._listener:
                self._accept()
            else:
                ready.append(self._take([client[0] for client in self._waiting].index(sock)))
        while self._waiting and ticks_diff(self._waiting[0][2], ticks_ms()) < 0:
            self._take(0)[0].close()
        return ready

    # Many clients that connect at once are about to send: while there is no room, others wait to be accepted.
    def _hold(self, timeout_ms):
        left = ticks_diff(self._waiting[0][2], ticks_ms()) - self._patience_ms + _GRACE_MS
        self._poller.modify(self._listener, POLLIN if left <= 0 else 0)
        return timeout_ms if left <= 0 else min(left, timeout_ms)

    def _accept(self):
        sock, addr = accept(self._listener)
        if len(self._waiting) >= self._room:
            self._take(0)[0].close()
        self._poller.register(sock, POLLIN)
        self._waiting.append((sock, addr, ticks_add(ticks_ms(), self._patience_ms)))

    def _take(self, index):
        sock, addr, _ = self._waiting.pop(index)
        self._poller.unregister(sock)
        self._poller.modify(self._listener, POLLIN)
        return sock, addr

    def close(self):
        """Close the connections of those who are silent."""
        while self._waiting:
            self._take(0)[0].close()


def open_transport(sock, transport_class, write_timeout_ms, ssl=None):
    """Make a transport of an accepted socket.

    :param sock: the socket; small writes will leave at once.
    :param transport_class: a subclass of :class:`SocketTransport`.
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
        return transport_class(sock, write_timeout_ms)
    if not MICROPYTHON:
        from .tls import with_tls
        transport_class = with_tls(transport_class)
    transport = transport_class(ssl.wrap_socket(sock, server_side=True, do_handshake_on_connect=False),
                                write_timeout_ms)
    transport.raw = sock
    return transport


class SocketTransport:
    """A transport over a non-blocking socket; how to wait is up to subclasses.

    :param sock: the socket.
    :param write_timeout_ms: how long the peer may take to accept data, in
                             milliseconds.
    """
    _deadline = None
    _sent = 0

    #: The socket below a TLS socket.
    raw = None

    def __init__(self, sock, write_timeout_ms):
        self.sock = sock
        self._write_timeout_ms = write_timeout_ms

    def timer(self, ms):
        self._deadline = ticks_add(ticks_ms(), ms) if ms else None

    async def recv(self, n):
        while True:
            try:
                data = self._read(n)
            except OSError as exc:
                raise Disconnected(*exc.args)
            if data is not None:
                return data
            await self.wait(POLLIN, self._deadline)

    async def send(self, data):
        size = len(data)
        view = None
        deadline = None
        while True:
            try:
                sent = self._write(data)
            except OSError as exc:
                raise Disconnected(*exc.args)
            if sent == size:
                self._sent = (self._sent + 1) & _BURST
                if not self._sent:
                    await self.breathe()
                return
            if sent:
                data = memoryview(data)[sent:]
                size -= sent
                deadline = None
            if deadline is None:
                deadline = ticks_add(ticks_ms(), self._write_timeout_ms)
            await self.wait(POLLOUT, deadline)

    if MICROPYTHON:
        # One buffer for all: what was read is copied out before anybody else
        # can run, so that an idle connection holds no buffer.
        _buffer = memoryview(bytearray(_BUFFER_SIZE))

        def _read(self, n):
            size = self.sock.readinto(self._buffer, n)
            return None if size is None else bytes(self._buffer[:size])

        def _write(self, data):
            return self.sock.write(data)
    else:
        def _read(self, n):
            try:
                return self.sock.recv(n)
            except BlockingIOError:
                return None

        def _write(self, data):
            try:
                return self.sock.send(data)
            except BlockingIOError:
                return 0

    def close(self):
        self.sock.close()
        if self.raw:
            # MicroPython's TLS sockets let go of it, open, when the handshake fails
            self.raw.close()

    async def breathe(self):
        """Let others run; a connection that never has to wait would keep them from it."""

    def interrupt(self):
        """End the connection while another thread may be waiting for it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it ended by itself


class PollTransport(SocketTransport):
    """A transport that blocks until the socket is ready."""

    async def wait(self, event, deadline=None):
        timeout = -1
        if deadline is not None:
            timeout = ticks_diff(deadline, ticks_ms())
            if timeout < 0:
                raise TimedOut()
        if not wait_for((self.sock,), event, timeout):
            raise TimedOut()


def wait_for(socks, event, timeout_ms):
    """Wait until one of some sockets is ready.

    :param socks: the sockets.
    :param event: ``POLLIN`` or ``POLLOUT``.
    :param timeout_ms: how long to wait, in milliseconds; -1 is for ever.
    :return: whether one is ready.
    """
    if not hasattr(select, 'poll'):
        timeout = None if timeout_ms < 0 else timeout_ms / 1000
        if event == POLLIN:
            return bool(select.select(socks, (), (), timeout)[0])
        return bool(select.select((), socks, (), timeout)[1])
    poller = select.poll()
    for sock in socks:
        poller.register(sock, event)
    return bool(poller.poll(timeout_ms))
