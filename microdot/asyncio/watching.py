"""How a task of CPython's asyncio waits for a socket.

An ``asyncio.Protocol`` could do it too, for twice the processor time of a short connection: opening and closing it take some
turns of the event loop each. Here a request that has arrived is answered within one, and only who has to wait is watched.
"""
import asyncio
import sys
from asyncio import get_running_loop, sleep
from contextvars import copy_context
from functools import partial

from ..app import Application as _Application
from ..compat import settle, ticks_diff
from ..cpython import iscoroutinefunction
from ..sockets import POLLIN, SocketTransport, accept
from ..wire import Disconnected, TimedOut


def run(coro):
    """Run a coroutine in an event loop that can watch sockets."""
    if sys.platform == 'win32':  # where the one that asyncio.run() makes cannot
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(coro)
    else:
        asyncio.run(coro)


class Application(_Application):
    """An application whose plain functions run in threads."""

    _threaded = True

    async def invoke(self, f, *args, **kwargs):
        """Call a function of the user's and return its result; plain ones in a thread."""
        if iscoroutinefunction(f):
            return await f(*args, **kwargs)
        call = partial(copy_context().run, _call, f, *args, **kwargs)
        return await settle(await get_running_loop().run_in_executor(None, call))


class Transport(SocketTransport):
    """A transport that a task waits for until it is ready, out of time or interrupted."""

    _in = None        # (future, deadline, what to try) while one waits for something to arrive
    _out = None       # (future, deadline) while one waits to send
    _watched = False  # whether the loop looks out for arrivals
    _late = b''       # received for a task that was cancelled meanwhile

    def __init__(self, sock, write_timeout_ms):
        super().__init__(sock, write_timeout_ms)
        self._loop = get_running_loop()

    async def recv(self, n):
        if self._late:
            data, self._late = self._late[:n], self._late[n:]
            return data
        if not self._watched:
            return await super().recv(n)
        # Who had to wait before will have to again; to try at once would be in vain.
        try:
            return await self._arrival(partial(self.read, n), self.deadline)
        except OSError as exc:
            raise exc if isinstance(exc, Disconnected) else Disconnected(*exc.args)

    async def wait(self, event, deadline=None):
        if event == POLLIN:
            await self._arrival(_nothing, deadline)
        else:
            await self._room(deadline)

    async def _arrival(self, attempt, deadline):
        # Wait for what the attempt gives, once that is not None. It is made when the loop tells that there is something,
        # rather than by the task a turn later, before which the loop would tell it again.
        if not self._watched:
            self._loop.add_reader(self.sock.fileno(), self._arrived)
            self._watched = True
        future = self._loop.create_future()
        self._in = future, deadline, attempt
        try:
            return await future
        except BaseException:
            if future.done() and not future.cancelled() and not future.exception():
                self._late = future.result()
            raise
        finally:
            self._in = None

    def _arrived(self):
        if self._in is None:
            # nobody waits: to be told again and again would keep the loop busy
            self._unwatch()
            return
        future, _, attempt = self._in
        if not future.done():
            try:
                found = attempt()
            except OSError as exc:
                future.set_exception(exc)
            else:
                if found is not None:
                    future.set_result(found)

    def _unwatch(self):
        if self._watched:
            self._loop.remove_reader(self.sock.fileno())
            self._watched = False

    async def _room(self, deadline):
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
                _end(wait[0], TimedOut())

    def interrupt(self):
        """End the wait for an arrival; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._interrupt)
        except RuntimeError:
            pass  # the loop has ended

    def _interrupt(self):
        if self._in:
            _end(self._in[0], TimedOut())

    def close(self):
        self._unwatch()
        super().close()
        for wait in (self._in, self._out):
            if wait:
                _end(wait[0], Disconnected())

    @property
    def port(self):
        """The port number of a listening socket."""
        return self.sock.getsockname()[1]

    async def accept(self, n):
        """Wait for connections on a listening socket; returns those that there are, *n* at the most, as ``(socket, address)``."""
        return await self._arrival(partial(self._accept, n), None)

    def _accept(self, n):
        accepted = []
        try:
            while len(accepted) < n:
                accepted.append(accept(self.sock))
        except OSError:
            if not accepted:
                raise
        return accepted


def _call(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except StopIteration as exc:  # a future would never tell, nor could a coroutine
        raise RuntimeError('StopIteration raised') from exc


def _nothing():
    return b''


def _wake(future):
    if not future.done():
        future.set_result(None)


def _end(future, exc):
    if not future.done():
        future.set_exception(exc)
