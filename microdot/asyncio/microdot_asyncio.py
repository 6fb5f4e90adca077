"""The asynchronous ``Microdot``: the engine on an asyncio event loop."""
from ..compat import MICROPYTHON
from ..request import Request as _Request
from ..response import Response, abort, redirect, send_file  # noqa: F401
from .server import Server

if MICROPYTHON:
    from asyncio import run

    from ..app import Application
else:
    from .watching import Application, run


def __getattr__(name):
    from .. import names
    return getattr(names, name)


class Request(_Request):
    """An HTTP request of an asynchronous application; see :class:`microdot.request.Request`."""

    @staticmethod
    async def create(app, client_reader, client_writer, client_addr, scheme=None):
        """Read a request from a pair of asyncio streams.

        :return: the request, ``None`` when there is none.
        :raises ValueError: when the request is malformed.
        """
        from ..stream import StreamTransport, create
        return await create(app, Request, StreamTransport(client_reader, client_writer),
                                    client_addr, (client_reader, client_writer), scheme)


class Microdot(Application):
    """An asynchronous web application and its server.

    Handlers and hooks may be plain functions or coroutines. On CPython plain
    ones run in a thread pool, so that they may block.
    """
    request_class = Request

    _shutdown_early = False

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
        from asyncio import create_task, current_task, sleep

        from ..wire import Disconnected
        task = current_task()

        async def repeated():
            try:
                while True:
                    await sleep(ms / 1000)
                    await f()
            except Disconnected:
                task.cancel()
        return create_task(repeated())

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
        server = self.server = Server(self, host, port, ssl)
        if debug:
            print('Starting async server on %s:%d...' % (host, server.port))
        if self._shutdown_early:
            server.close()
        if not start_serving:
            return server
        try:
            await server.serve_forever()
        finally:
            self._shutdown_early = False
            self.server = None

    def shutdown(self):
        """Stop the server, from anywhere: a handler, another task or thread, before it starts.

        Requests that are being served are finished; asked for before the
        server starts, its next start returns at once.
        """
        if self.server:
            self.server.close()
        else:
            self._shutdown_early = True

    async def handle_request(self, reader, writer):
        """Serve a connection that was accepted elsewhere, as a pair of asyncio streams."""
        from ..connection import Connection
        from ..stream import StreamTransport
        addr = writer.get_extra_info('peername')
        await Connection(self, StreamTransport(reader, writer), addr, sock=(reader, writer)).serve()
