"""The synchronous ``Microdot``: the engine over blocking sockets, in threads where there are any."""
from .blocking import PollTransport
from .compat import MICROPYTHON, const, drive, print_exception
from .connection import Connection
from .request import Request as _Request
from .response import Response, abort, redirect, send_file  # noqa: F401
from .sockets import address, is_disconnect, listen, open_transport

if MICROPYTHON:
    from .app import Application
    from .blocking import Alone, Clients
else:
    from .threads import Application, Clients

# How often a shutdown is looked for where nothing can wake the server, in milliseconds.
_CHECK_MS = const(500)


def __getattr__(name):
    # MicroPython asks for modules here too
    from . import names
    return getattr(names, name)


class Request(_Request):
    """An HTTP request of a synchronous application; see :class:`microdot.request.Request`."""

    @classmethod
    def create(cls, app, client_stream, client_addr, client_sock=None):
        """Read a request from a stream.

        :param app: the application.
        :param client_stream: an object with ``read(n)``.
        :param client_addr: address of the client.
        :param client_sock: what ``request.sock`` is.
        :return: the request, ``None`` when there is none.
        :raises ValueError: when the request is malformed.
        """
        from .stream import StreamTransport, create
        return drive(create(app, cls, StreamTransport(client_stream, None), client_addr, client_sock))

    def make_sock(self):
        # a handler that talks to the client itself expects it to wait
        sock = self.connection and self.connection.sock
        if hasattr(sock, 'settimeout'):
            sock.settimeout(self.app.write_timeout_ms / 1000)
        return sock

    def make_stream(self):
        # its methods are no coroutines here
        from .stream import BlockingStream
        return BlockingStream(self.body_stream)


class Microdot(Application):
    """A synchronous web application and its server.

    Each connection is served in a thread of its own; where there are no
    threads, one after the other.
    """
    request_class = Request

    shutdown_requested = False
    _clients = None

    # What coroutines of extensions give to their caller: here, their result.
    face = staticmethod(drive)

    if MICROPYTHON:
        def lock(self):
            return Alone()

        def repeat(self, ms, f):
            # nothing can be called meanwhile
            return self.lock()

    def dispatch_request(self, req):
        """Turn a request into a response.

        :param req: the request, or ``None`` if it could not be parsed.
        """
        return drive(self.dispatch(req))

    def run(self, host='0.0.0.0', port=5000, debug=False, ssl=None):
        """Serve the application until :meth:`shutdown` is called.

        :param host: address to listen on.
        :param port: port number to listen on.
        :param debug: whether to print a line for each request.
        :param ssl: an ``SSLContext`` to serve HTTPS with.
        """
        self.debug = debug
        self.ssl = ssl
        self.server = listen(host, port, self.backlog)
        if debug:
            print('Starting %s server on %s:%d...' % (Clients.mode, host, port or self.server.getsockname()[1]))
        clients = self._clients = Clients(self.server, self.max_connections, self.head_timeout_ms)
        try:
            while not self.shutdown_requested:
                try:
                    for sock, addr in clients.next(_CHECK_MS):
                        try:
                            clients.serve(self._connection(sock, addr, ssl))
                        except Exception as exc:
                            if not is_disconnect(exc):  # out of memory or of threads: the next one may find some
                                print_exception(exc)
                            sock.close()
                except OSError as exc:
                    if not is_disconnect(exc):
                        # out of file descriptors, most likely: wait for some to be closed
                        print_exception(exc)
                        from time import sleep
                        sleep(0.1)
        finally:
            self.server.close()
            self.server = self._clients = None
            clients.close()
            # at last, since meanwhile it may be asked for again
            self.shutdown_requested = False

    def shutdown(self):
        """Stop the server, from anywhere: a handler, another thread, before it starts.

        Requests that are being served are finished; asked for before the
        server starts, its next start returns at once.
        """
        self.shutdown_requested = True
        clients = self._clients
        if clients and not MICROPYTHON:  # where nobody could call this while the server waits
            clients.wake()

    def handle_request(self, sock, addr):
        """Serve a connection that was accepted elsewhere.

        :param sock: the connected socket.
        :param addr: address of the client.
        """
        drive(self._connection(sock, address(addr), None).serve())

    def _connection(self, sock, addr, ssl):
        transport = open_transport(sock, PollTransport, self.write_timeout_ms, ssl)
        return Connection(self, transport, addr, 'https' if ssl else 'http', transport.sock, not MICROPYTHON)
