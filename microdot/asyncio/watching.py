"""How a task of CPython's asyncio waits for a socket.

An ``asyncio.Protocol`` could do it too, for twice the processor time of a short connection: opening and closing it take some
turns of the event loop each. Here a request that has arrived is answered within one, and only who has to wait is watched.
"""
from asyncio import get_running_loop, sleep

from ..compat import ticks_diff
from ..sockets import POLLIN, SocketTransport
from ..wire import TimedOut


class Transport(SocketTransport):
    """A transport, or a listening socket, that a task waits for until it is ready, out of time or interrupted."""

    _in = None        # (future, deadline) while one waits to receive
    _out = None       # the same to send
    _watched = False  # whether the loop looks for something to receive

    def __init__(self, sock, write_timeout_ms):
        super().__init__(sock, write_timeout_ms)
        self._loop = get_running_loop()

    async def wait(self, event, deadline=None):
        if event == POLLIN:
            await self._readable(deadline)
        else:
            await self._writable(deadline)

    async def _readable(self, deadline):
        if not self._watched:
            self._loop.add_reader(self.sock.fileno(), self._arrived)
            self._watched = True
        future = self._loop.create_future()
        self._in = future, deadline
        try:
            await future
        finally:
            self._in = None

    def _arrived(self):
        if self._in:
            _wake(self._in[0])
        else:
            # nobody waits: to be told again and again would keep the loop busy
            self._unwatch()

    def _unwatch(self):
        if self._watched:
            self._loop.remove_reader(self.sock.fileno())
            self._watched = False

    async def _writable(self, deadline):
        number = self.sock.fileno()
        future = self._loop.create_future()
        self._out = future, deadline
        self._loop.add_writer(number, _wake, future)
        try:
            await future
        finally:
            self._out = None
            self._loop.remove_writer(number)

    async def breathe(self):
        await sleep(0)

    def expire(self, now):
        """End the waits whose time is up."""
        for wait in (self._in, self._out):
            if wait and wait[1] is not None and ticks_diff(wait[1], now) <= 0:
                _interrupt(wait[0])

    def interrupt(self):
        """End the wait to receive; from any thread."""
        self._loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self):
        if self._in:
            _interrupt(self._in[0])

    def close(self):
        self._unwatch()
        super().close()
        for wait in (self._in, self._out):
            if wait:
                _wake(wait[0])  # to find the socket closed


def _wake(future):
    if not future.done():
        future.set_result(None)


def _interrupt(future):
    if not future.done():
        future.set_exception(TimedOut())
