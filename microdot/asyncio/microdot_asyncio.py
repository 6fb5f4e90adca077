"""The asynchronous ``Microdot``: the engine on an asyncio event loop.

Its server accepts connections, serves each in a task and watches their time.
"""
from asyncio import create_task, sleep
from errno import EAGAIN

from ..compat import MICROPYTHON, const, print_exception, ticks_add, ticks_diff, ticks_ms
from ..connection import Connection
from ..request import Request as _Request
from ..response import Response, abort, redirect, send_file  # noqa: F401
from ..sockets import address, is_disconnect, listen, open_transport
from ..wire import Disconnected

if MICROPYTHON:
    from asyncio import run

    from ..app import Application
    from .polling import Transport
else:
    from .watching import Application, Transport, run

_CHECK_S = const(0.5)
_POLL_S = const(0.01)
_SHUTDOWN_GRACE_MS = const(5000)


def __getattr__(name):
    from .. import names
    return getattr(names, name)


class Request(_Request):
    """An HTTP request of an asynchronous application; see :class:`microdot.request.Request`."""

    @classmethod
    async def create(cls, app, client_reader, client_writer, client_addr, scheme=None):
        """Read a request from a pair of asyncio streams.

        :return: the request, ``None`` when there is none.
        :raises ValueError: when the request is malformed.
        """
        from ..stream import StreamTransport, create
        return await create(app, cls, StreamTransport(client_reader, client_writer),
                            client_addr, (client_reader, client_writer), scheme)


class Microdot(Application):
    """An asynchronous web application and its server.

    Handlers and hooks may be plain functions or coroutines. On CPython plain
    ones run in a thread pool, so that they may block.
    """
    request_class = Request

    shutdown_requested = False

    def face(self, coro):
        # What coroutines of extensions give to their caller: here, themselves.
        return coro

    def lock(self):
        """Return a lock for ``async with``."""
        from asyncio import Lock  # MicroPython loads it only then
        return Lock()

    def repeat(self, ms, f):
        """Call the coroutine function *f* again and again until the ``cancel()`` of what is returned.

        It ends when the client is gone, and then the task that called this is cancelled.

        :param ms: time between the calls, in milliseconds.
        """
        from asyncio import current_task
        task = current_task()

        async def loop():
            try:
                while True:
                    await sleep(ms / 1000)
                    await f()
            except Disconnected:
                task.cancel()
        return create_task(loop())

    async def dispatch_request(self, req):
        """Turn a request into a response.

        :param req: the request, or ``None`` if it could not be parsed.
        """
        return await self.dispatch(req)

    def run(self, host='0.0.0.0', port=5000, debug=False, ssl=None):
        """Serve the application until :meth:`shutdown` is called.

        :param host: address to listen on.
        :param port: port number to listen on.
        :param debug: whether to print a line for each request.
        :param ssl: an ``SSLContext`` to serve HTTPS with.
        """
        run(self.start_server(host, port, debug, ssl))

    async def start_server(self, host='0.0.0.0', port=5000, debug=False, ssl=None,
                           start_serving=True):
        """Serve the application as a task of a running event loop.

        :param host: address to listen on.
        :param port: port number to listen on.
        :param debug: whether to print a line for each request.
        :param ssl: an ``SSLContext`` to serve HTTPS with.
        :param start_serving: whether to serve until :meth:`shutdown` is called.
            If not, the server is returned without having started; it has the
            coroutines ``start_serving()``, ``serve_forever()`` and
            ``wait_closed()``, and ``close()``.
        """
        self.debug = debug
        self.ssl = ssl
        server = self.server = Server(self, host, port, ssl)
        if debug:
            print('Starting async server on %s:%d...' % (host, server.port))
        if self.shutdown_requested:
            self.shutdown_requested = False
            server.close()
        if not start_serving:
            return server
        try:
            await server.serve_forever()
        finally:
            self.server = None

    def shutdown(self):
        """Stop the server, from anywhere: a handler, another task or thread, before it starts.

        Requests that are being served are finished; asked for before the
        server starts, its next start returns at once.
        """
        if self.server:
            self.server.close()
        else:
            self.shutdown_requested = True

    async def handle_request(self, reader, writer):
        """Serve a connection that was accepted elsewhere, as a pair of asyncio streams."""
        from ..stream import StreamTransport
        addr = address(writer.get_extra_info('peername'))
        await Connection(self, StreamTransport(reader, writer), addr, sock=(reader, writer)).serve()


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
        self.listener = Transport(sock, 0)
        self.port = port or self.listener.port
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
                        print_exception(exc)
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
        self.listener.close()  # of a server that was never started

    def _admit(self, sock, addr):
        try:
            transport = open_transport(sock, Transport, self.app.write_timeout_ms, self.ssl)
            connection = Connection(self.app, transport, addr, 'https' if self.ssl else 'http')
            self._connections[connection] = create_task(connection.serve(self))
        except Exception as exc:
            if not is_disconnect(exc):  # out of memory, most likely: the next one may find some
                print_exception(exc)
            sock.close()

    def forget(self, connection):
        # MicroPython's dictionaries hold on to the value of what is removed: here all that the connection had
        self._connections[connection] = None
        del self._connections[connection]

    async def _check(self):
        # On MicroPython it also lets the loop see that another thread has closed the server.
        while True:
            now = ticks_ms()
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
        until = ticks_add(ticks_ms(), _SHUTDOWN_GRACE_MS)
        while self._connections and ticks_diff(until, ticks_ms()) > 0:
            await sleep(_POLL_S)
        for connection in self._connections:
            self._connections[connection].cancel()
