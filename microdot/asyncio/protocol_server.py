"""The server of the asyncio flavour on CPython: a transport over ``asyncio.Protocol``."""
import asyncio
import sys

from ..compat import print_exception
from ..connection import Connection
from ..sockets import is_disconnect, listen
from ..wire import Disconnected, TimedOut

# Reading is paused while more than this is unread, in bytes.
_HIGH_WATER = 64 * 1024
_SHUTDOWN_GRACE_S = 5


class _Transport(asyncio.Protocol):
    # asyncio calls the methods of a Protocol, the engine those of a transport.
    def __init__(self, server):
        self._server = server
        self._loop = server.loop
        self._data = b''
        self._eof = False
        self._lost = False
        self._reader = None   # future of recv()
        self._writer = None   # future of send()
        self._paused = False  # reading is paused
        self._full = False    # writing is paused
        self._deadline = None
        self._alarm = None
        self.transport = None
        self.connection = None

    # ---- called by asyncio

    def connection_made(self, transport):
        self.transport = transport
        self.connection = self._server.admit(self)

    def data_received(self, data):
        self._data = self._data + data if self._data else data
        if len(self._data) > _HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self):
        self._eof = True
        _wake(self._reader)
        return not self.transport.get_extra_info('sslcontext')

    def connection_lost(self, exc):
        self._lost = True
        _wake(self._reader)
        _wake(self._writer)
        if self._alarm:
            self._alarm.cancel()
        self._server.forget(self)

    def pause_writing(self):
        self._full = True

    def resume_writing(self):
        self._full = False
        _wake(self._writer)

    # ---- called by the engine

    def timer(self, ms):
        self._deadline = self._loop.time() + ms / 1000 if ms else None

    async def recv(self, n):
        while not self._data:
            if self._eof:
                return b''
            if self._lost:
                raise Disconnected()
            self._reader = self._loop.create_future()
            self._arm()
            try:
                await self._reader
            finally:
                self._reader = None
        data = self._data
        if len(data) > n:
            self._data = data[n:]
            data = data[:n]
        else:
            self._data = b''
        if self._paused and len(self._data) <= _HIGH_WATER:
            self._paused = False
            self.transport.resume_reading()
        return data

    def _arm(self):
        # One timer for each connection, which is left to ring and set anew
        # then: a deadline is moved far more often than it passes.
        if self._deadline is not None and (
                self._alarm is None or self._alarm.when() > self._deadline + 0.01):
            if self._alarm:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self):
        self._alarm = None
        if self._reader is None or self._reader.done() or self._deadline is None:
            return
        if self._deadline > self._loop.time():
            self._arm()
        else:
            self._reader.set_exception(TimedOut())

    async def send(self, data):
        if self._lost:
            raise Disconnected()
        self.transport.write(data)
        if self._full:
            await self._drain()

    async def _drain(self):
        timeout = self._server.app.write_timeout_ms / 1000
        while self._full and not self._lost:
            self._writer = self._loop.create_future()
            alarm = self._loop.call_later(timeout, _expire, self._writer)
            try:
                await self._writer
            except TimedOut:
                self.transport.abort()
                raise
            finally:
                alarm.cancel()
                self._writer = None
        if self._lost:
            raise Disconnected()

    def close(self):
        self.transport.close()


def _wake(future):
    if future is not None and not future.done():
        future.set_result(None)


def _expire(future):
    if not future.done():
        future.set_exception(TimedOut())


class Server:
    """A server that listens from the moment that it is made.

    :param app: the application to serve.
    :param host: address to listen on.
    :param port: port number to listen on; 0 takes a free one.
    :param ssl: an ``SSLContext``, or ``None``.
    """
    def __init__(self, app, host, port, ssl):
        self.app = app
        self.loop = asyncio.get_running_loop()
        self.sockets = [listen(host, port, app.backlog)]
        self.port = self.sockets[0].getsockname()[1]
        self._ssl = ssl
        self._scheme = 'https' if ssl else 'http'
        self._transports = set()
        self._places = app.max_connections  # free ones, counted from the accept on
        self._tasks = set()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = asyncio.Event()
        self._accepting = None

    async def start_serving(self):
        """Start to accept connections."""
        if self._accepting is None and not self._closing.is_set():
            self._accepting = self.loop.create_task(self._accept_all(self.sockets[0]))

    async def serve_forever(self):
        """Serve until the server is closed."""
        try:
            await self.start_serving()
            await self._closing.wait()
        finally:
            self._closing.set()
            await self.wait_closed()

    def close(self):
        """Close the server, from any thread: it stops to accept, and finishes what it has."""
        self.loop.call_soon_threadsafe(self._closing.set)

    async def wait_closed(self):
        """Wait until the server is closed and its connections are finished."""
        await self._closing.wait()
        if self._accepting:
            self._accepting.cancel()
        self.sockets[0].close()
        for transport in self._transports:
            transport.connection.persistent = False
            if transport.connection.idle:
                transport.transport.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_SHUTDOWN_GRACE_S)
            for task in late:
                task.cancel()

    async def _accept_all(self, listener):
        while True:
            await self._room.wait()
            try:
                sock, _ = await self.loop.sock_accept(listener)
            except OSError as exc:
                # out of file descriptors, most likely: wait for some to be closed
                if not is_disconnect(exc):
                    print_exception(exc)
                    await asyncio.sleep(0.1)
                continue
            self._places -= 1
            if not self._places:
                self._room.clear()
            self._spawn(self._connect(sock))

    async def _connect(self, sock):
        try:
            await self.loop.connect_accepted_socket(lambda: _Transport(self), sock, ssl=self._ssl)
        except OSError as exc:
            self._leave()
            if self._ssl:
                print('TLS handshake failed: %s' % (str(exc) or repr(exc)), file=sys.stderr)

    def _spawn(self, coro):
        task = self.loop.create_task(coro)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def admit(self, transport):
        """Start to serve a connection; returns its :class:`Connection`."""
        self._transports.add(transport)
        connection = Connection(self.app, transport, transport.transport.get_extra_info('peername'),
                                self._scheme, (transport, transport))
        self._spawn(self._serve(connection))
        return connection

    async def _serve(self, connection):
        try:
            await connection.serve()
        except Exception as exc:
            print_exception(exc)

    def forget(self, transport):
        """Forget a connection that ended."""
        self._transports.discard(transport)
        self._leave()

    def _leave(self):
        self._places += 1
        self._room.set()
