"""The server of the asyncio flavour on MicroPython: non-blocking sockets on the loop's poller."""
from asyncio import CancelledError, core, create_task, sleep_ms

from ..compat import const, print_exception, ticks_add, ticks_diff, ticks_ms
from ..connection import Connection
from ..sockets import POLLIN, SocketTransport, accept, listen, prepare
from ..wire import TimedOut

_CHECK_MS = const(500)
_FULL_MS = const(10)
_SHUTDOWN_GRACE_MS = const(5000)


class _Transport(SocketTransport):
    # Deadlines are checked for all connections by one task: a wait_for() for
    # each would cost more heap than the connection.
    _in = None    # (task, deadline) while one waits to receive
    _out = None   # the same to send
    _expired = None

    def _wait(self, event, deadline):
        task = core.cur_task
        try:
            if event == POLLIN:
                self._in = (task, deadline)
                yield core._io_queue.queue_read(self.sock)
            else:
                self._out = (task, deadline)
                yield core._io_queue.queue_write(self.sock)
        except CancelledError:
            if self._expired is task:
                self._expired = None
                raise TimedOut()
            raise
        finally:
            if event == POLLIN:
                self._in = None
            else:
                self._out = None

    def _breathe(self):
        return sleep_ms(0)

    def expire(self, now):
        """End the waits whose time is up."""
        for wait in (self._in, self._out):
            if wait and wait[1] is not None and ticks_diff(wait[1], now) <= 0:
                self._interrupt(wait[0])

    def interrupt(self):
        """End the connection while its task waits for a request."""
        if self._in:
            self._interrupt(self._in[0])

    def _interrupt(self, task):
        self._expired = task
        task.cancel()


class Server:
    """A server that listens from the moment that it is made.

    :param app: the application to serve.
    :param host: address to listen on.
    :param port: port number to listen on.
    :param ssl: an ``SSLContext``, or ``None``.
    """
    def __init__(self, app, host, port, ssl):
        self.app = app
        self.port = port
        self._ssl = ssl
        self._sock = listen(host, port, app.backlog)
        self._connections = []
        self._closing = False
        self._accepting = None  # the task that accepts, while it waits
        self._serving = None

    async def start_serving(self):
        """Start to accept connections, in a task of their own."""
        if not self._serving:
            self._serving = create_task(self.serve_forever())

    async def serve_forever(self):
        """Serve until the server is closed."""
        checker = create_task(self._check())
        try:
            while not self._closing:
                if len(self._connections) < self.app.max_connections:
                    await self._accept()
                else:
                    await sleep_ms(_FULL_MS)
        except CancelledError:
            if not self._closing:
                raise
        finally:
            checker.cancel()
            self._sock.close()
            await self._finish()

    def close(self):
        """Close the server: it stops to accept, and finishes what it has."""
        self._closing = True
        if self._accepting:
            self._accepting.cancel()

    async def wait_closed(self):
        """Wait until the server is closed and its connections are finished."""
        while self._connections or not self._closing:
            await sleep_ms(_FULL_MS)

    async def _accept(self):
        self._accepting = core.cur_task
        try:
            await _readable(self._sock)
        finally:
            self._accepting = None
        try:
            sock, addr = accept(self._sock)
        except OSError:
            return  # gone again
        try:
            self._admit(sock, addr)
        except Exception as exc:  # out of memory, most likely: the next one may find some
            print_exception(exc)
            sock.close()

    def _admit(self, sock, addr):
        prepare(sock)
        raw = self._ssl and sock
        if raw:
            sock = self._ssl.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        transport = _Transport(sock, self.app.write_timeout_ms)
        transport.raw = raw
        connection = Connection(self.app, transport, addr, 'https' if self._ssl else 'http',
                                (transport, transport))
        create_task(self._serve(connection))
        self._connections.append(connection)

    async def _serve(self, connection):
        try:
            await connection.serve()
        except Exception as exc:
            print_exception(exc)
        finally:
            self._connections.remove(connection)

    async def _check(self):
        while True:
            await sleep_ms(_CHECK_MS)
            now = ticks_ms()
            for connection in self._connections:
                connection.transport.expire(now)

    async def _finish(self):
        # Idle connections are closed, the others get time to finish.
        for connection in self._connections:
            connection.persistent = False
            if connection.idle:
                connection.transport.interrupt()
        until = ticks_add(ticks_ms(), _SHUTDOWN_GRACE_MS)
        while self._connections and ticks_diff(until, ticks_ms()) > 0:
            await sleep_ms(_FULL_MS)


def _readable(sock):
    yield core._io_queue.queue_read(sock)
