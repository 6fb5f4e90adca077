"""Message bodies as they are framed (RFC 9112, sections 6 and 7), and the stream that a handler reads."""
from . import compat
from .compat import const
from .wire import Disconnected, ProtocolError, Reader

_MAX_CHUNK_LINE = const(256)
# what is received at once for a line that may be as long, in bytes
_LINE = const(512)
_MAX_TRAILERS = const(100)
_MALFORMED = const(-2)
# What is read of an unwanted body to find the next request, in bytes, and for how long.
_DRAIN = 8 * 1024 if compat.MICROPYTHON else 256 * 1024
_DRAIN_MS = const(500)
# What is read of it before a connection is closed, and for how long; a client that stays silent is left earlier.
_LINGER = const(16 * 1024 * 1024)
_LINGER_MS = const(5000)
_SILENCE_MS = const(1000)


class Source:
    """Where a request body comes from, as it is framed: by its length or in chunks.

    :param reader: the reader of the connection.
    :param length: how many bytes the body has; -1 where it comes in chunks.
    :param limit: the longest body in chunks that is accepted, in bytes; a
                  longer one raises :class:`ProtocolError` with the status 413.
    """

    def __init__(self, reader, length, limit):
        #: Whether the body was received to its end.
        self.done = not length
        self.reader = reader
        self._left = length  # in the body or the chunk; -1 before the first chunk
        self.limit = limit if length < 0 else None

    async def recv(self, n):
        """Receive 1 to *n* bytes of the body; ``b''`` at its end."""
        if self._left <= 0 and not self.done:
            try:
                await self._next_chunk()
            except ProtocolError:
                self._left = _MALFORMED  # what follows could be anything
                raise
        if self.done:
            return b''
        data = await self.reader.recv(min(n, self._left))
        if not data:
            self._left = _MALFORMED
            raise ProtocolError(400)  # body ended early
        self._left -= len(data)
        self.done = not self._left and self.limit is None
        return data

    def can_skip(self):
        """Tell whether so little is left, as far as is known, that it is read to find the next request."""
        return _MALFORMED < self._left <= _DRAIN

    async def _next_chunk(self):
        if self._left == _MALFORMED or not self._left and await self._line():
            raise ProtocolError(400)  # chunk longer than its size
        size = (await self._line()).split(b';')[0].rstrip(b' \t')
        if not size or len(size) > 8 or size.strip(b'0123456789abcdefABCDEF'):
            raise ProtocolError(400)  # bad chunk size
        self._left = int(size, 16)
        self.limit -= self._left
        if self.limit < 0:
            raise ProtocolError(413)  # chunked body too large
        if not self._left:
            for _ in range(_MAX_TRAILERS):
                line = await self._line()
                if not line:
                    self.done = True
                    return
                if b':' not in line:
                    raise ProtocolError(400)  # bad trailer field
            raise ProtocolError(431)  # too many trailer fields

    async def _line(self):
        # No lone CR or LF here: the grammar has none, and smugglers like them.
        line, _, end = (await _read_until(self.reader, b'\n', _MAX_CHUNK_LINE)).partition(b'\r')
        if end != b'\n':
            raise ProtocolError(400)  # line too long, or body ended early
        return line


async def _read_until(reader, separator, n):
    # up to and with the separator, n bytes at the most, or to the end
    data = b''
    while True:
        end = data.find(separator)
        end = len(data) if end < 0 else end + len(separator)
        if 0 <= n < end:
            end = n
        if end < len(data) or end == n or data.endswith(separator):
            reader.data = data[end:] + reader.data
            return data[:end]
        # What is behind the line has to be put back: not much more than a line, and for a long one as much again.
        more = await reader.recv(max(_LINE, len(data)))
        if not more:
            return data
        data += more


class BodyStream(Reader):
    """The body of a request as a stream; its methods are coroutines.

    :param data: what of the body is in memory.
    :param source: where the rest comes from, with ``await recv(n)``; ``None``
                   when there is no rest.
    """
    def __init__(self, data=b'', source=None):
        self.data = data
        self.transport = source or Source(None, 0, 0)

    async def read(self, n=-1):
        """Read up to *n* bytes, or to the end of the body; ``b''`` at its end."""
        return await (self.recv(n) if n > 0 else self._collect(n))

    async def readexactly(self, n):
        """Read *n* bytes; raises ``EOFError`` when the body has fewer."""
        data = await self._collect(n)
        if len(data) < n:
            raise EOFError('body ended early')
        return data

    async def readline(self, n=-1):
        """Read up to and with a line feed, *n* bytes at the most, or to the end."""
        return await _read_until(self, b'\n', n)

    async def readuntil(self, separator=b'\n'):
        """Read up to and with *separator*; raises ``EOFError`` when it is not there."""
        data = await _read_until(self, separator, -1)
        if not data.endswith(separator):
            raise EOFError('body ended early')
        return data

    async def readinto(self, buffer):
        """Read into *buffer*; returns how many bytes, 0 at the end of the body."""
        data = await self.recv(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    async def _collect(self, n):
        # pieces, since large blocks of memory are hard to find in a heap that is in use
        pieces = []
        while n:
            data = await self.recv(compat.BODY_SIZE if n < 0 else n)
            if not data:
                break
            pieces.append(data)
            if n > 0:
                n -= len(data)
        return pieces[0] if len(pieces) == 1 else b''.join(pieces)

    async def load(self, limit, size):
        """Read the whole body into memory if it is *limit* bytes at the most.

        :param limit: the largest body to load, in bytes.
        :param size: its size if that is known, else -1.
        :return: the body, which can still be read from the stream as well;
                 ``None`` when it is too large, and then all of it is left in
                 the stream.
        """
        if size > limit or limit <= 0:
            return None
        data = await self._collect(size if size >= 0 else limit + 1)
        self.data = data
        return None if len(data) > limit else data


async def finish(connection, req):
    """Read what the client still sends of a body that nobody wants, up to a limit.

    It is done to find the next request; or, after the client was told that there
    will be none, because closing a connection with unread input destroys the
    response on its way (RFC 9112, section 9.6).
    """
    connection.timeout_ms = 0
    rest = connection
    if req:
        source = req.source
        if source.done:
            return
        if connection.expect:  # nothing was asked for, nothing will come
            connection.keep = False
            return
        if connection.keep and await _drop(connection, source, _DRAIN, _DRAIN_MS):
            return
        if req.content_length:  # the end of chunks cannot be told once one is malformed
            rest = source
    connection.keep = False
    end = getattr(connection.transport, 'end', None)
    if end:
        end()
    # where connections do not persist, others wait for this one
    await _drop(connection, rest, _LINGER, _LINGER_MS if connection.persistent else _DRAIN_MS)


async def _drop(connection, source, size, ms):
    # Read to the end of the source; tells whether that was within so many bytes and milliseconds.
    until = compat.ticks_add(compat.ticks_ms(), ms)
    try:
        while size > 0 and ms > 0:
            connection.transport.timer(min(ms, _SILENCE_MS))
            data = await source.recv(compat.BODY_SIZE)
            if not data:
                return True
            size -= len(data)
            ms = compat.ticks_diff(until, compat.ticks_ms())
    except (ProtocolError, Disconnected):
        pass
    return False
