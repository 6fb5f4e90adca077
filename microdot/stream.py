"""A transport over file-like objects and asyncio streams, for callers that bring their own."""
from .body import BodyStream
from .compat import HEAD_SIZE, MICROPYTHON, drive, settle
from .connection import Connection
from .sockets import is_disconnect
from .wire import Disconnected


class StreamTransport:
    """A transport over a stream, blocking or asyncio: methods that are coroutines are awaited.

    :param reader: an object with ``read(n)``; ``read1`` or ``recv`` is
                   preferred, since it does not wait for all of *n* bytes.
    :param writer: an object with ``awrite(data)``, or with ``write(data)`` and
                   perhaps ``drain()`` or ``flush()``.
    """
    def __init__(self, reader, writer):
        self.read = getattr(reader, 'read1', None) or getattr(reader, 'recv', None) or \
            getattr(reader, 'read', None)
        self.write = getattr(writer, 'awrite', None)
        self.flush = None
        if self.write is None:
            self.write = getattr(writer, 'write', None)
            self.flush = getattr(writer, 'drain', None) or getattr(writer, 'flush', None)
        self.writer = writer

    def timer(self, ms):
        """Do nothing: time limits are up to the owner of the stream."""

    async def recv(self, n):
        return await _call(self.read, n)

    async def send(self, data):
        await _call(self.write, data)
        if self.flush:
            await _call(self.flush)

    if not MICROPYTHON:
        from .cpython import end

    def close(self):
        """Close the stream if it can be closed without waiting."""
        # the streams of MicroPython's asyncio leave it to wait_closed()
        writer = getattr(self.writer, 's', self.writer) if MICROPYTHON else self.writer
        if hasattr(writer, 'close'):
            writer.close()


async def _call(f, *args):
    try:
        return await settle(f(*args))
    except OSError as exc:
        # the text is asyncio's
        if is_disconnect(exc) or exc.args[:1] == ('Connection lost',):
            raise Disconnected(*exc.args)
        raise


class BlockingStream:
    """The face of a :class:`microdot.body.BodyStream` for plain functions."""
    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        method = getattr(self.stream, name)
        return lambda *args: drive(method(*args))


def pair(connection):
    """Return a connection as asyncio's ``(reader, writer)``, for a handler that talks to the client itself."""
    connection.transport.timer(0)
    return BodyStream(b'', connection), Writer(connection)


class Writer:
    """What writes to a connection as asyncio's streams do."""

    def __init__(self, connection):
        self.connection = connection
        self.data = b''

    def write(self, data):
        """Keep data for :meth:`drain`."""
        self.data += data

    async def drain(self):
        """Send what was written."""
        data, self.data = self.data, b''
        await self.connection.transport.send(data)

    async def awrite(self, data):
        """Send data."""
        self.write(data)
        await self.drain()

    def close(self):
        """Do nothing: the connection is closed when its handler returns."""

    aclose = wait_closed = drain

    def get_extra_info(self, name, default=None):
        """Return the address of the client as ``peername``."""
        return self.connection.client_addr if name == 'peername' else default


async def create(app, cls, transport, client_addr, sock, scheme=None):
    """Read a request from a transport, with its body if that is small enough.

    :return: the request, or ``None`` when there is none.
    :raises ProtocolError: when the request is malformed.
    """
    connection = Connection(_Settings(cls), transport, client_addr, scheme or 'http')
    connection.data = await transport.recv(HEAD_SIZE)
    if connection.data[:1] in b'\r\n':  # nothing, or an empty line
        return None
    req = await connection.receive()
    req.app = app
    req.sock = sock
    if req.source:
        await req.load_body()
    elif 'Content-Length' not in req.headers:
        # whoever brings a stream may have a body in it all the same
        req.body_stream = BodyStream(b'', connection)
    return req


class _Settings:
    # Stands in for an application, which only has to be known to the request.
    head_timeout_ms = body_timeout_ms = 0
    last_fields = None

    def __init__(self, request_class):
        self.request_class = request_class


async def _write(res, transport):
    chunks = res.body_iter()
    try:
        await transport.send(res.encode('1.0', res.length()))
        if not res.is_head:
            await chunks.send_all(transport.send)
    except Disconnected:
        pass
    finally:
        await chunks.close()


def write(res, stream):
    """Write a response to a stream as HTTP/1.0, see :meth:`Response.write`."""
    result = _write(res, StreamTransport(None, stream))
    return result if hasattr(stream, 'awrite') else drive(result)
