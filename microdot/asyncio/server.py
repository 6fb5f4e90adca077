"""The server of the asyncio flavour: it accepts connections, serves each in a task and watches their time."""
from asyncio import create_task, sleep
from errno import EAGAIN

from .. import compat
from ..compat import const
from ..connection import Connection
from ..sockets import is_disconnect, listen, open_transport
from ..wire import Disconnected

if compat.MICROPYTHON:
    from .polling import Transport
else:
    from .watching import Transport

_CHECK_S = const(0.5)
_POLL_S = const(0.01)
_SHUTDOWN_GRACE_MS = const(5000)


class Server:
    """A server that listens from the moment that it is made.

    :param app: the application to serve.
    :param host: address to listen on.
    :param port: port number to listen on; 0 takes a free one, on CPython.
    :param ssl: an ``SSLContext``, or ``None``.
    """
    _closing = False
    _serving = None

    def __init__(self, app, host, port, ssl):
        self.app = app
        self.ssl = ssl
        sock = listen(host, port, app.backlog)
        self.port = port or sock.getsockname()[1]
        self.listener = Transport(sock, 0)
        self._connections = {}  # connection: its task

    async def start_serving(self):
        """Start to accept connections, in a task of their own."""
        if not self._serving:
            self._serving = create_task(self.serve_forever())

    async def serve_forever(self):
        """Serve until the server is closed."""
        app = self.app
        checker = create_task(self._check())
        try:
            while not self._closing:
                room = app.max_connections - len(self._connections)
                if room <= 0:
                    await sleep(_POLL_S)
                    continue
                try:
                    for sock, addr in await self.listener.accept(room):
                        self._admit(sock, addr)
                except Disconnected:
                    pass  # interrupted, to close
                except OSError as exc:
                    if exc.args[0] != EAGAIN and not is_disconnect(exc):
                        # out of file descriptors, most likely: wait for some to be closed
                        compat.print_exception(exc)
                        await sleep(_CHECK_S)
        finally:
            self._closing = True
            checker.cancel()
            self.listener.close()
            await self.finish()

    def close(self):
        """Close the server, on CPython from any thread: it stops to accept, and finishes what it has."""
        self._closing = True
        self.listener.interrupt()

    async def wait_closed(self):
        """Wait until the server is closed and its connections are finished."""
        while self._connections or not self._closing:
            await sleep(_POLL_S)

    def _admit(self, sock, addr):
        try:
            transport = open_transport(sock, Transport, self.app.write_timeout_ms, self.ssl)
            connection = Connection(self.app, transport, addr, 'https' if self.ssl else 'http')
            self._connections[connection] = create_task(connection.serve(self._forget))
        except Exception as exc:  # out of memory, most likely: the next one may find some
            compat.print_exception(exc)
            sock.close()

    def _forget(self, connection):
        # MicroPython's dictionaries hold on to the value of what is removed: here all that the connection had
        self._connections[connection] = None
        del self._connections[connection]

    async def _check(self):
        # On MicroPython it also lets the loop see that another thread has closed the server.
        while True:
            now = compat.ticks_ms()
            for connection in self._connections:
                connection.transport.expire(now)
            connection = None  # it may have ended, and takes memory
            await sleep(_CHECK_S)

    async def finish(self):
        # Idle connections are closed, the others get time to finish.
        for connection in self._connections:
            connection.persistent = False
            if connection.idle:
                connection.transport.interrupt()
        until = compat.ticks_add(compat.ticks_ms(), _SHUTDOWN_GRACE_MS)
        while self._connections and compat.ticks_diff(until, compat.ticks_ms()) > 0:
            await sleep(_POLL_S)
        for connection in self._connections:
            self._connections[connection].cancel()
