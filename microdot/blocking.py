"""The blocking driver: a transport that waits for its socket, and a server without threads."""
import select

from .compat import MICROPYTHON, const, drive, ticks_add, ticks_diff, ticks_ms
from .sockets import POLLIN, SocketTransport, accept
from .wire import TimedOut

# How long a client that has connected is taken to be about to send, in milliseconds.
_GRACE_MS = const(250)


if MICROPYTHON:
    def wait_for(sock, event, timeout_ms):
        poller = select.poll()
        poller.register(sock, event)
        return poller.poll(timeout_ms)
else:
    from .cpython import wait_for


class PollTransport(SocketTransport):
    """A transport that blocks until the socket is ready."""

    async def wait(self, event, deadline=None):
        timeout = -1
        if deadline is not None:
            timeout = ticks_diff(deadline, ticks_ms())
            if timeout < 0:
                raise TimedOut()
        if not wait_for(self.sock, event, timeout):
            raise TimedOut()

    async def breathe(self):
        pass  # threads do that by themselves


class Clients:
    """Clients that have connected, until they begin to send.

    A server without threads serves one client after the other. Browsers connect ahead of need; who is silent must not
    keep the others waiting.

    :var mode: how clients are served.

    :param listener: the listening socket.
    :param room: how many clients may be silent at once; a new one then takes the place of the oldest, who is given a
                 moment to begin.
    :param patience_ms: how long a client may be silent, in milliseconds.
    """
    mode = 'sync'

    def __init__(self, listener, room, patience_ms):
        self.listener = listener
        self.room = room
        self.patience_ms = patience_ms
        self.waiting = []  # (socket, address, until when), the oldest first
        self.poller = select.poll()
        self.poller.register(listener, POLLIN)

    def next(self, timeout_ms):
        """Return a list of those who can be served now, as ``(socket, address)``; it may be empty.

        :param timeout_ms: how long to wait for one, in milliseconds.
        :raises OSError: when a connection cannot be accepted.
        """
        # In small functions: MicroPython puts larger ones' variables on the heap, and when it frees them, searches all of that
        # again for room.
        if len(self.waiting) >= self.room:
            timeout_ms = self._hold(timeout_ms)
        events = self.poller.poll(timeout_ms)
        ready = []
        error = None
        while events:
            try:
                self._handle(events.pop()[0], ready)
            except OSError as exc:
                error = exc  # the others are there all the same
        while self.waiting and ticks_diff(self.waiting[0][2], ticks_ms()) < 0:
            self._take(0)[0].close()
        if error and not ready:
            raise error
        return ready

    def _hold(self, timeout_ms):
        # Many clients that connect at once are about to send: while there is no room, others wait to be accepted.
        left = ticks_diff(self.waiting[0][2], ticks_ms()) - self.patience_ms + _GRACE_MS
        self.poller.modify(self.listener, POLLIN if left <= 0 else 0)
        return min(left, timeout_ms) if left > 0 else timeout_ms

    def _handle(self, sock, ready):
        waiting = self.waiting
        if sock is self.listener:
            sock, addr = accept(sock)
            if len(waiting) >= self.room:
                self._take(0)[0].close()
            self.poller.register(sock, POLLIN)
            waiting.append((sock, addr, ticks_add(ticks_ms(), self.patience_ms)))
        else:
            ready.append(self._take([client[0] for client in waiting].index(sock)))

    def _take(self, index):
        sock, addr, _ = self.waiting.pop(index)
        self.poller.unregister(sock)
        self.poller.modify(self.listener, POLLIN)
        return sock, addr

    def serve(self, connection):
        """Serve a connection to its end."""
        drive(connection.serve())

    def close(self):
        """Close the connections of those who are silent."""
        while self.waiting:
            self._take(0)[0].close()


class Alone:
    """A lock for ``async with``, and a repeated call, where there is only one thread: nothing to do for either."""

    async def __aenter__(self):
        pass

    async def __aexit__(self, *args):
        pass

    def cancel(self):
        """Do nothing."""
