"""How a task of MicroPython's asyncio waits for a socket."""
from asyncio import CancelledError, core, sleep_ms

from ..compat import ticks_diff
from ..sockets import POLLIN, SocketTransport, accept
from ..wire import TimedOut


class Transport(SocketTransport):
    """A transport that a task waits for until it is ready, out of time or interrupted."""

    # Deadlines are checked for all connections by one task: a wait_for() for
    # each would cost more heap than the connection.
    _in = None    # the task that waits to receive
    _out = None   # the one that waits to send, and until when
    _expired = None

    def wait(self, event, deadline=None):
        task = core.cur_task
        try:
            if event == POLLIN:
                self._in = task
                yield core._io_queue.queue_read(self.sock)
            else:
                self._out = task, deadline
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

    def breathe(self):
        return sleep_ms(0)

    def expire(self, now):
        """End the waits whose time is up."""
        if self._in and self.deadline is not None and ticks_diff(self.deadline, now) <= 0:
            self._end(self._in)
        if self._out and ticks_diff(self._out[1], now) <= 0:
            self._end(self._out[0])

    def interrupt(self):
        """End the wait to receive."""
        if self._in:
            self._end(self._in)

    def _end(self, task):
        self._expired = task
        task.cancel()

    async def accept(self, n):
        """Wait for connections on a listening socket.

        :return: those that there are, *n* at the most, as ``(socket, address)``.
        """
        await self.wait(POLLIN)
        return (accept(self.sock),)
