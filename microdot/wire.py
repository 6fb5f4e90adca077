"""HTTP/1.x on a transport: request heads and bodies in, response heads and chunks out (RFC 9112).

A transport has ``await recv(n)`` (1 to n bytes, ``b''`` at the end),
``await send(buffer)`` (all of it), ``close()`` and ``timer(ms)`` (how long the
peer may take, from now on, to send what is received next; 0 is no limit).
``recv`` and ``send`` raise :class:`Disconnected` when the peer is gone and
:class:`TimedOut` when it is too slow.
"""
from .compat import MICROPYTHON, const

_TOKEN = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
          b"-!#$%&'*+.^_`|~")  # RFC 9110, section 5.6.2

# How the message is framed and the connection goes on, from parse_head().
CHUNKED = const(1)
KEEP_ALIVE = const(2)
EXPECT = const(4)

_RECV_SIZE = 1024 if MICROPYTHON else 65536
_MAX_CHUNK_LINE = const(256)
_MAX_FIELDS = const(100)

_REASONS = (
    '100 Continue\n101 Switching Protocols\n200 OK\n201 Created\n202 Accepted\n204 No Content\n'
    '205 Reset Content\n206 Partial Content\n207 Multi-Status\n300 Multiple Choices\n'
    '301 Moved Permanently\n302 Found\n303 See Other\n304 Not Modified\n307 Temporary Redirect\n'
    '308 Permanent Redirect\n400 Bad Request\n401 Unauthorized\n402 Payment Required\n'
    '403 Forbidden\n404 Not Found\n405 Method Not Allowed\n406 Not Acceptable\n'
    '408 Request Timeout\n409 Conflict\n410 Gone\n411 Length Required\n412 Precondition Failed\n'
    '413 Content Too Large\n414 URI Too Long\n415 Unsupported Media Type\n'
    '416 Range Not Satisfiable\n417 Expectation Failed\n418 I\'m a Teapot\n'
    '421 Misdirected Request\n422 Unprocessable Content\n423 Locked\n425 Too Early\n'
    '426 Upgrade Required\n428 Precondition Required\n429 Too Many Requests\n'
    '431 Request Header Fields Too Large\n451 Unavailable For Legal Reasons\n'
    '500 Internal Server Error\n501 Not Implemented\n502 Bad Gateway\n503 Service Unavailable\n'
    '504 Gateway Timeout\n505 HTTP Version Not Supported\n507 Insufficient Storage\n'
    '511 Network Authentication Required\n')


def reason_phrase(code):
    """Return the standard reason phrase of a status code (RFC 9110, section 15)."""
    # One string in flash costs no heap; a dictionary of these costs 1 KB.
    start = _REASONS.find('%d ' % code)
    return _REASONS[start + 4:_REASONS.find('\n', start)] if start >= 0 else 'N/A'


class ProtocolError(ValueError):
    """What the peer sent breaks HTTP.

    :param status: the status code to answer with.
    :param detail: what was wrong, for the log.
    """
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


class Disconnected(OSError):
    """The peer went away in the middle of a request."""
    def __init__(self, *args):
        super().__init__(*(args or (104,)))  # ECONNRESET


class TimedOut(Disconnected):
    """The peer took longer than the transport's timer allows."""
    def __init__(self):
        super().__init__(110)  # ETIMEDOUT


class Reader:
    """The receive buffer of a connection; everything read goes through it.

    :param transport: where to receive from.
    :param timeout_ms: how long the peer may take for each piece of a body, in
                       milliseconds; 0 leaves the timer as it is.
    """

    #: The peer waits for "100 Continue" before it sends the body.
    expect = False

    def __init__(self, transport, timeout_ms=0):
        self.transport = transport
        self.timeout_ms = timeout_ms
        self._data = b''

    async def _receive(self, n):
        transport = self.transport
        if self.timeout_ms:
            transport.timer(self.timeout_ms)
        if self.expect:
            self.expect = False
            await transport.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        return await transport.recv(n)

    async def recv(self, n):
        """Receive 1 to *n* bytes, those left over first; ``b''`` at the end."""
        data = self._data
        if not data:
            return await self._receive(n)
        if len(data) <= n:
            self._data = b''
            return data
        self._data = data[n:]
        return data[:n]

    async def readline(self, limit):
        """Receive a line up to and with its line feed.

        :param limit: the longest line accepted, in bytes; a longer one raises
                      :class:`ProtocolError` as soon as that much was received.
        """
        data = self._data
        while True:
            end = data.find(b'\n') + 1
            if (end or len(data)) > limit:
                raise ProtocolError(400, 'line too long')
            if end:
                self._data = data[end:]
                return data[:end]
            more = await self._receive(_RECV_SIZE)
            if not more:
                raise ProtocolError(400, 'body ended early')
            data += more

    async def read_head(self, started, max_line, max_head):
        """Receive the head of a request.

        :param started: called when the first bytes of the head are there.
        :param max_line: the longest request line, in bytes.
        :param max_head: the longest head, in bytes.
        :return: the request line and field lines, without the empty line that
                 ends them; ``b''`` when that line is all there was; ``None``
                 at the end of the connection.
        """
        data = self._data
        searched = 0
        while True:
            if data:
                if not searched:
                    started()
                end, size = _find_end(data, searched)
                if end >= 0:
                    if end > max_head:
                        raise ProtocolError(431, 'head too large')
                    self._data = data[end + size:]
                    return data[:end]
                searched = len(data)
                if searched > max_head:
                    raise ProtocolError(431, 'head too large')
                if searched > max_line and data.find(b'\n', 0, max_line + 2) < 0:
                    raise ProtocolError(414, 'request line too long')
            more = await self.transport.recv(_RECV_SIZE)
            if not more:
                self._data = b''
                if searched:
                    raise ProtocolError(400, 'head ended early')
                return None
            data = data + more if searched else more


def _find_end(data, searched):
    # The head ends at an empty line. A lone LF is accepted as a line end
    # (RFC 9112, section 2.2); what was searched before is not searched again.
    if data[0] == 10:
        return 0, 1
    if data[0] == 13 and len(data) > 1:
        return 0, 2 if data[1] == 10 else 0
    start = searched - 3 if searched > 3 else 0
    end = data.find(b'\n\r\n', start)
    bare = data.find(b'\n\n', start)
    if end < 0 or 0 <= bare < end:
        return (bare + 1, 1) if bare >= 0 else (-1, 0)
    return end + 1, 2


def parse_head(head, max_line):
    """Check a request head whole and read what frames the message.

    Everything that RFC 9112 allows two readings of is refused, since two
    readings by two servers are how requests are smuggled.

    :param head: the head as ``read_head()`` gives it.
    :param max_line: the longest line accepted, in bytes.
    :return: ``(method, target, version, fields, length, flags)``: ``fields`` is
             the text of the field lines, ``length`` the Content-Length (-1 when
             there is none), ``flags`` made of CHUNKED, KEEP_ALIVE and EXPECT.
    :raises ProtocolError: with the status to answer.
    """
    if head.count(b'\r') != head.count(b'\r\n') or b'\0' in head:
        raise ProtocolError(400, 'bare CR or NUL in head')
    eol = head.find(b'\n') + 1
    if eol > max_line + 2:
        raise ProtocolError(414, 'request line too long')
    parts = head[:eol].split()
    if len(parts) != 3 or parts[0].strip(_TOKEN):
        raise ProtocolError(400, 'bad request line')
    minor = _minor_version(parts[2])
    length, flags = _parse_fields(head, eol, minor, max_line)
    try:
        return (parts[0].decode(), parts[1].decode(), '1.%d' % minor,
                head[eol:].decode(), length, flags)
    except UnicodeError:
        raise ProtocolError(400, 'head is not UTF-8')


def _minor_version(version):
    if version == b'HTTP/1.1':
        return 1
    if len(version) != 8 or version[:5] != b'HTTP/' or version[6] != 0x2e or \
            not (version[5:6] + version[7:]).isdigit():
        raise ProtocolError(400, 'bad HTTP version')
    if version[5] != 0x31:
        raise ProtocolError(505, 'unsupported HTTP version')
    # a later 1.x is answered as 1.1 (RFC 9110, section 2.5)
    return 0 if version[7] == 0x30 else 1


def _parse_fields(head, pos, minor, max_line):
    length = -1
    flags = KEEP_ALIVE if minor else 0
    hosts = fields = 0
    end = len(head)
    while pos < end:
        eol = head.find(b'\n', pos)
        colon = head.find(b':', pos, eol)
        fields += 1
        if eol - pos > max_line + 1 or fields > _MAX_FIELDS:
            raise ProtocolError(431, 'header field too large or too many of them')
        # No colon, an empty name, a folded line, a space before the colon:
        # none of them leaves a token.
        name = head[pos:colon]
        if colon <= pos or name.strip(_TOKEN):
            raise ProtocolError(400, 'bad header field')
        # Only five fields frame a message: let the length tell first.
        size = colon - pos
        if size == 4:
            if name.lower() == b'host':
                hosts += 1
        elif size == 14:
            if name.lower() == b'content-length':
                value = head[colon + 1:eol].strip()
                if not value.isdigit() or len(value) > 15 or length not in (-1, int(value)):
                    raise ProtocolError(400, 'bad Content-Length')
                length = int(value)
        elif size == 10:
            if name.lower() == b'connection':
                flags = _connection_flags(head[colon + 1:eol].lower(), flags)
        elif size == 17:
            if name.lower() == b'transfer-encoding':
                if not minor or flags & CHUNKED:
                    raise ProtocolError(400, 'bad Transfer-Encoding')
                if head[colon + 1:eol].strip().lower() != b'chunked':
                    raise ProtocolError(501, 'unknown transfer coding')
                flags |= CHUNKED
        elif size == 6 and minor:
            if name.lower() == b'expect':
                if head[colon + 1:eol].strip().lower() != b'100-continue':
                    raise ProtocolError(417, 'unknown expectation')
                flags |= EXPECT
        pos = eol + 1
    if flags & CHUNKED and length >= 0:
        raise ProtocolError(400, 'both Content-Length and Transfer-Encoding')
    if hosts != 1 and (minor or hosts):
        raise ProtocolError(400, 'no Host, or more than one')
    return length, flags


def _connection_flags(value, flags):
    for option in value.split(b','):
        option = option.strip()
        if option == b'close':
            return flags & ~KEEP_ALIVE
        if option == b'keep-alive':
            flags |= KEEP_ALIVE
    return flags


class LengthBody:
    """A request body of a known length.

    :param reader: where to receive from.
    :param length: how many bytes the body has.
    """
    def __init__(self, reader, length):
        self._reader = reader
        self._left = length

    @property
    def done(self):
        """Whether the body was received to its end."""
        return not self._left

    async def recv(self, n):
        """Receive 1 to *n* bytes of the body; ``b''`` at its end."""
        if self._left < n:
            n = self._left
            if not n:
                return b''
        data = await self._reader.recv(n)
        if not data:
            raise ProtocolError(400, 'body ended early')
        self._left -= len(data)
        return data


class ChunkedBody:
    """A request body in the chunked transfer coding (RFC 9112, section 7.1).

    :param reader: where to receive from.
    :param limit: the longest body accepted, in bytes; a longer one raises
                  :class:`ProtocolError` with the status 413.
    """
    def __init__(self, reader, limit):
        self._reader = reader
        self._limit = limit
        self._left = 0
        self._first = True
        self.done = False

    async def recv(self, n):
        """Receive 1 to *n* bytes of the body; ``b''`` at its end."""
        if not self._left and not self.done:
            await self._next_chunk()
        if self.done:
            return b''
        data = await self._reader.recv(n if n < self._left else self._left)
        if not data:
            raise ProtocolError(400, 'body ended early')
        self._left -= len(data)
        return data

    async def _next_chunk(self):
        reader = self._reader
        if not self._first and await reader.readline(2) not in (b'\r\n', b'\n'):
            raise ProtocolError(400, 'chunk longer than its size')
        self._first = False
        line = await reader.readline(_MAX_CHUNK_LINE)
        size = line.split(b';')[0].strip()
        if not size or len(size) > 8 or size.strip(b'0123456789abcdefABCDEF'):
            raise ProtocolError(400, 'bad chunk size')
        self._left = int(size, 16)
        self._limit -= self._left
        if self._limit < 0:
            raise ProtocolError(413, 'chunked body too large')
        if not self._left:
            await self._skip_trailers()
            self.done = True

    async def _skip_trailers(self):
        for _ in range(_MAX_FIELDS):
            if await self._reader.readline(_MAX_CHUNK_LINE) in (b'\r\n', b'\n'):
                return
        raise ProtocolError(431, 'too many trailer fields')


def encode_head(version, status, reason, headers, tail=''):
    """Encode the head of a response.

    :param version: ``'1.0'`` or ``'1.1'``.
    :param status: the status code.
    :param reason: the reason phrase, or ``None`` for the standard one.
    :param headers: the header fields as ``(name, value)`` pairs; a list as
                    value gives one field for each element.
    :param tail: more field lines, each with its CRLF.
    :return: ``bytes``, with the empty line at the end.
    :raises ValueError: when a name or a value would break the head.
    """
    head = 'HTTP/%s %d %s\r\n' % (version, status, reason_phrase(status) if reason is None else reason)
    lines = 1
    for name, value in headers:
        if isinstance(value, list):
            for item in value:
                head += '%s: %s\r\n' % (name, item)
            lines += len(value)
        else:
            head += '%s: %s\r\n' % (name, value)
            lines += 1
    # One count over the whole finds a line break in any name or value
    # (response splitting).
    if head.count('\n') != lines or head.count('\r') != lines or '\0' in head:
        raise ValueError('line break or NUL in a response header')
    return (head + tail + '\r\n').encode()


def encode_chunk(data):
    """Encode a chunk of a body in the chunked transfer coding."""
    return b'%x\r\n' % len(data) + data + b'\r\n'
