"""The synchronous ``Microdot``: the engine over blocking sockets, in threads where there are any."""
import time

from .app import Application, mro
from .compat import drive, print_exception
from .connection import Connection
from .multidict import MultiDict, NoCaseDict
from .request import Request as _Request
from .response import HTTPException, Response, abort, redirect, send_file
from .routing import URLPattern
from .sockets import (MUTED_SOCKET_ERRORS, POLLIN, PollTransport, Queue, accept, is_disconnect, listen,
                      open_transport, socket, wait_for)
from .urlcode import urldecode, urldecode_bytes, urldecode_str, urlencode

try:
    import threading
except ImportError:
    threading = None

concurrency_mode = 'threaded' if threading else 'sync'
socket_timeout_error = OSError
_SHUTDOWN_GRACE_S = 5
# How often a shutdown is looked for where nothing can wake the server, in milliseconds.
_CHECK_MS = 500


def create_thread(f, *args, **kwargs):
    """Run a function in a thread of its own, or right here where there are no threads."""
    if threading:
        threading.Thread(target=f, args=args, kwargs=kwargs, daemon=True).start()
    else:
        f(*args, **kwargs)


class _Arrivals:
    # Clients that connect, each to be served at once in a thread; used as Queue is.
    def __init__(self, listener, wake):
        self._socks = listener, wake

    def next(self, timeout_ms):
        wait_for(self._socks, POLLIN, -1)
        try:
            return (accept(self._socks[0]),)
        except BlockingIOError:
            return ()  # woken

    def close(self):
        self._socks[1].close()


class _BlockingStream:
    # The face of a BodyStream for plain functions.
    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        method = getattr(self._stream, name)
        return lambda *args: drive(method(*args))


class Request(_Request):
    """An HTTP request of a synchronous application; see :class:`microdot.request.Request`."""

    @staticmethod
    def create(app, client_stream, client_addr, client_sock=None):
        """Read a request from a stream.

        :param app: the application.
        :param client_stream: an object with ``read(n)``.
        :param client_addr: address of the client.
        :param client_sock: what ``request.sock`` is.
        :return: the request, ``None`` when there is none.
        :raises ValueError: when the request is malformed.
        """
        from .stream import StreamTransport, create_request
        return drive(create_request(app, Request, StreamTransport(client_stream, None),
                                    client_addr, client_sock))

    @property
    def stream(self):
        """The body as a stream, limited to the body's size, with ``read(n=-1)`` and its like."""
        return _BlockingStream(self.body_stream)


class Microdot(Application):
    """A synchronous web application and its server.

    Each connection is served in a thread of its own; where there are no
    threads, one after the other.
    """
    request_class = Request

    def __init__(self):
        super().__init__()
        self.shutdown_requested = False
        self._wake = None
        self._active = set()
        self._change = threading.Condition() if threading else None

    # What coroutines of extensions give to their caller: here, their result.
    face = staticmethod(drive)

    def lock(self):
        """Return a lock for ``async with``."""
        from .blocking import Lock
        return Lock()

    def repeat(self, ms, f):
        """Call the coroutine function *f* again and again until the ``cancel()`` of what is returned.

        It ends when the client is gone. Where there are no threads, nothing is called.

        :param ms: time between the calls, in milliseconds.
        """
        from .blocking import Repeater
        return Repeater(ms, f)

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
        self.server = listen(host, port, self.backlog)
        if debug:
            print('Starting %s server on %s:%d...' % (concurrency_mode, host, self._port(port)))
        try:
            self._accept_all(ssl)
        finally:
            self.server.close()
            self.server = None
            self.shutdown_requested = False
            self._close_connections()

    def shutdown(self):
        """Stop the server, from anywhere: a handler, another thread, before it starts.

        Requests that are being served are finished; asked for before the
        server starts, its next start returns at once.
        """
        self.shutdown_requested = True
        wake = self._wake
        if wake:
            try:
                wake.send(b'.')
            except OSError:
                pass  # stopped already

    def handle_request(self, sock, addr):
        """Serve a connection that was accepted elsewhere.

        :param sock: the connected socket.
        :param addr: address of the client.
        """
        self._serve(self._connection(sock, addr, None))

    def _port(self, port):
        return self.server.getsockname()[1] if not port and hasattr(self.server, 'getsockname') else port

    def _accept_all(self, ssl):
        if threading:
            # wakes the loop from other threads; closing the listener would not
            receiver, self._wake = socket.socketpair()
            clients = _Arrivals(self.server, receiver)
        else:
            clients = Queue(self.server, self.max_connections, self.head_timeout_ms)
        try:
            while not self.shutdown_requested:
                try:
                    ready = clients.next(_CHECK_MS)
                except OSError as exc:
                    if not is_disconnect(exc):
                        # out of file descriptors, most likely: wait for some to be closed
                        print_exception(exc)
                        time.sleep(0.1)
                    continue
                for sock, addr in ready:
                    try:
                        self._admit(sock, addr, ssl)
                    except Exception as exc:  # out of memory or of threads: the next one may find some
                        print_exception(exc)
                        sock.close()
        finally:
            if threading:
                wake, self._wake = self._wake, None
                wake.close()
            clients.close()

    def _admit(self, sock, addr, ssl):
        if threading:
            with self._change:
                while len(self._active) >= self.max_connections and not self.shutdown_requested:
                    self._change.wait(0.5)
        connection = self._connection(sock, addr, ssl)
        self._active.add(connection)
        try:
            create_thread(self._serve, connection)
        except Exception:
            self._active.discard(connection)
            raise

    def _connection(self, sock, addr, ssl):
        transport = open_transport(sock, PollTransport, self.write_timeout_ms, ssl)
        return Connection(self, transport, addr, 'https' if ssl else 'http', transport.sock, bool(threading))

    def _serve(self, connection):
        try:
            drive(connection.serve())
        except Exception as exc:
            print_exception(exc)
        finally:
            self._active.discard(connection)
            if threading:
                with self._change:
                    self._change.notify_all()

    def _close_connections(self):
        # Idle connections are closed, the others get time to finish.
        for connection in list(self._active):
            connection.persistent = False
            if connection.idle:
                connection.transport.interrupt()
        if threading:
            with self._change:
                self._change.wait_for(lambda: not self._active, _SHUTDOWN_GRACE_S)
