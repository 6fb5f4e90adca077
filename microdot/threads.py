"""Threads for the synchronous flavour: one for each connection, and what the extensions need of an event loop."""
import threading

from .app import Application as _Application
from .compat import drive
from .cpython import wait_for
from .sockets import POLLIN, accept, socket
from .wire import Disconnected

_SHUTDOWN_GRACE_S = 5

concurrency_mode = 'threaded'


def create_thread(f, *args, **kwargs):
    """Run a function in a thread of its own."""
    threading.Thread(target=f, args=args, kwargs=kwargs, daemon=True).start()


class Clients:
    """Clients that connect, each to be served at once in a thread; a server uses it as :class:`microdot.blocking.Clients`.

    :param listener: the listening socket.
    :param room: how many are served at once; more have to wait.
    :param patience_ms: not needed here.
    """
    mode = concurrency_mode

    def __init__(self, listener, room, patience_ms):
        self._listener = listener
        self._room = room
        self._active = set()
        self._change = threading.Condition()
        # wakes next() from other threads; closing the listener would not
        self._receiver, self._sender = socket.socketpair()
        self._woken = False

    def next(self, timeout_ms):
        """Wait for a client and return a list of those who have connected; it is empty after :meth:`wake`."""
        wait_for(self._listener, POLLIN, -1, self._receiver)
        try:
            return (accept(self._listener),)
        except BlockingIOError:
            return ()

    def serve(self, connection):
        """Serve a connection in a thread of its own, as soon as there is room."""
        with self._change:
            while len(self._active) >= self._room and not self._woken:
                self._change.wait(0.5)
        self._active.add(connection)
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except Exception:
            self._active.discard(connection)
            raise

    def _serve(self, connection):
        try:
            drive(connection.serve())
        finally:
            with self._change:
                self._active.discard(connection)
                self._change.notify_all()

    def wake(self):
        """Make :meth:`next` return, from any thread."""
        self._woken = True
        try:
            self._sender.send(b'.')
        except OSError:
            pass  # stopped already

    def close(self):
        """Close idle connections and give the others time to finish."""
        self._sender.close()
        self._receiver.close()
        for connection in list(self._active):
            connection.persistent = False
            if connection.idle:
                _interrupt(connection.transport.sock)
        with self._change:
            self._change.wait_for(lambda: not self._active, _SHUTDOWN_GRACE_S)


def _interrupt(sock):
    # end a connection while another thread may be waiting for it
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it ended by itself


class Lock:
    """A lock for ``async with`` that blocks."""
    def __init__(self):
        self._lock = threading.Lock()

    async def __aenter__(self):
        self._lock.acquire()

    async def __aexit__(self, *args):
        self._lock.release()


class Repeater:
    """Calls a coroutine function again and again, until it is cancelled or the client is gone.

    :param ms: time between the calls, in milliseconds.
    :param f: the coroutine function.
    """
    def __init__(self, ms, f):
        self._cancelled = threading.Event()
        threading.Thread(target=self._run, args=(ms / 1000, f), daemon=True).start()

    def _run(self, seconds, f):
        try:
            while not self._cancelled.wait(seconds):
                drive(f())
        except Disconnected:
            pass  # who sends next will know

    def cancel(self):
        """Stop to call the function."""
        self._cancelled.set()


class Application(_Application):
    """An application that is served in threads."""

    def lock(self):
        """Return a lock for ``async with``."""
        return Lock()

    def repeat(self, ms, f):
        """Call the coroutine function *f* again and again until the ``cancel()`` of what is returned.

        It ends when the client is gone.

        :param ms: time between the calls, in milliseconds.
        """
        return Repeater(ms, f)
