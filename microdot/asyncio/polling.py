"""How a task of MicroPython's asyncio waits for a socket."""
from asyncio import CancelledError, core, sleep_ms

from ..compat import ticks_diff
from ..sockets import POLLIN, SocketTransport, accept
from ..wire import TimedOut


class Transport(SocketTransport):
    """A transport that a task waits for until it is ready, out of time or interrupted."""

    # Deadlines are checked for all connections by one task: a wait_for() for
    # each would cost more heap than the connection.
    _in = None    # (task, deadline) while one waits to receive
    _out = None   # the same to send
    _expired = None

    def wait(self, event, deadline=None):
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

    def breathe(self):
        return sleep_ms(0)

    def expire(self, now):
        """End the waits whose time is up."""
        for wait in (self._in, self._out):
            if wait and wait[1] is not None and ticks_diff(wait[1], now) <= 0:
                self._interrupt(wait[0])

    def interrupt(self):
        """End the wait to receive."""
        if self._in:
            self._interrupt(self._in[0])

    def _interrupt(self, task):
        self._expired = task
        task.cancel()

    async def accept(self, most):
        """Wait for connections on a listening socket.

        :return: those that there are, *most* at the most, as ``(socket, address)``.
        """
        await self.wait(POLLIN)
        return (accept(self.sock),)


Listener = Transport
