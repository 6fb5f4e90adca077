"""HTTP/1.x on a transport: request heads in, response heads out (RFC 9112), and the dates in them.

A transport has ``await recv(n)`` (1 to n bytes, ``b''`` at the end),
``await send(buffer)`` (all of it), ``close()`` and ``timer(ms)`` (how long the
peer may take, from now on, to send what is received next; 0 is no limit),
and where it can ``end()`` (tell the peer that nothing more will be sent).
``recv`` and ``send`` raise :class:`Disconnected` when the peer is gone and
:class:`TimedOut` when it is too slow.
"""
from .compat import const

# Characters of a token (RFC 9110, section 5.6.2), the frequent ones first: strip() tries them in order.
_TOKEN = const(b"-etnaoirscdugplmhfyUAkqCvbwxzjETNOIRSDGPLMHFYQKBVWXZJ0123456789"
               b"!#$%&'*+.^_`|~")

# lengths of the names of the fields that frame a message, as bits
_FRAMING = const(1 << 4 | 1 << 6 | 1 << 10 | 1 << 14 | 1 << 17)

_MAX_FIELDS = const(100)

_DAYS = const('MonTueWedThuFriSatSun')
_MONTHS = const('JanFebMarAprMayJunJulAugSepOctNovDec')

_REASONS = const(
    '100 Continue\n101 Switching Protocols\n200 OK\n201 Created\n202 Accepted\n204 No Content\n'
    '205 Reset Content\n206 Partial Content\n300 Multiple Choices\n'
    '301 Moved Permanently\n302 Found\n303 See Other\n304 Not Modified\n307 Temporary Redirect\n'
    '308 Permanent Redirect\n400 Bad Request\n401 Unauthorized\n403 Forbidden\n404 Not Found\n'
    '405 Method Not Allowed\n406 Not Acceptable\n'
    '408 Request Timeout\n409 Conflict\n410 Gone\n411 Length Required\n412 Precondition Failed\n'
    '413 Content Too Large\n414 URI Too Long\n415 Unsupported Media Type\n'
    '416 Range Not Satisfiable\n417 Expectation Failed\n'
    '422 Unprocessable Content\n426 Upgrade Required\n428 Precondition Required\n'
    '429 Too Many Requests\n'
    '431 Request Header Fields Too Large\n451 Unavailable For Legal Reasons\n'
    '500 Internal Server Error\n501 Not Implemented\n502 Bad Gateway\n503 Service Unavailable\n'
    '504 Gateway Timeout\n505 HTTP Version Not Supported\n')


def reason_phrase(code):
    """Return the standard reason phrase of a status code (RFC 9110, section 15)."""
    # One string in flash costs no heap; a dictionary of these costs 1 KB.
    start = _REASONS.find('%d ' % code)
    return _REASONS[start + 4:_REASONS.find('\n', start)] if start >= 0 else 'N/A'


class ProtocolError(ValueError):
    """What the peer sent breaks HTTP; raised with the status code to answer with."""

    @property
    def status(self):
        """The status code."""
        return self.args[0]


class Disconnected(OSError):
    """The peer went away in the middle of a request."""


class TimedOut(Disconnected):
    """The peer took longer than the transport's timer allows."""


class Reader:
    """What was received and not asked for yet; subclasses have the attribute ``transport``."""

    #: How long the peer may take for each piece of a body, in milliseconds; 0 leaves the timer as it is.
    timeout_ms = 0
    #: The peer waits for "100 Continue" before it sends the body.
    expect = False
    # received beyond what was asked for
    data = b''

    async def recv(self, n):
        """Receive 1 to *n* bytes, those left over first; ``b''`` at the end."""
        data = self.data
        if data:
            self.data = data[n:]
            if self.expect:
                self.expect = False  # it did not wait
            return data[:n]
        transport = self.transport
        if self.timeout_ms:
            transport.timer(self.timeout_ms)
        if self.expect:
            self.expect = False
            await transport.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        return await transport.recv(n)


def find_end(data, start=0):
    """Return where a request head ends, 0 if that is still to come.

    It ends after an empty line, and a lone LF is accepted as a line end (RFC 9112, section 2.2).
    """
    if data[0] == 10 or data.startswith(b'\r\n'):
        return data.find(b'\n') + 1
    start = max(start, 0)
    end = data.find(b'\n\r\n', start) + 3
    lone = data.find(b'\n\n', start, end if end > 2 else len(data)) + 2
    return lone if lone > 1 else end if end > 2 else 0


def parse_head(data, limits, fields=None):
    """Check a request head whole and read what frames the message.

    Everything that RFC 9112 allows two readings of is refused, since two
    readings by two servers are how requests are smuggled.

    :param data: what was received, with a whole head at its beginning.
    :param limits: a class with the limits ``max_readline`` and ``max_head_length``, in bytes.
    :param fields: the *fields* of an earlier head. A client that asks again and
                 again sends the same field lines, and reading them costs more
                 than all else that is done to answer.
    :return: ``(method, target, fields, end)``: ``fields`` is
             ``(lines, version, length, keep, expect)``, where ``lines`` are
             the field lines as they came, ``length`` is the size of the body
             (-1 when it comes in chunks), ``keep`` and ``expect`` tell whether
             the connection is to be kept and whether "100 Continue" is waited
             for; ``end`` is where the head ends in *data*.
    :raises ProtocolError: with the status to answer.
    """
    eol = data.find(b'\n') + 1
    if eol > limits.max_readline + 2:
        raise ProtocolError(414)  # request line too long
    line = data[:eol]
    parts = line.split()
    if len(parts) != 3 or not parts[0].isalpha() and parts[0].lstrip(_TOKEN) or \
            data.find(b'\r', 0, eol - 2) >= 0 or b'\0' in line:
        raise ProtocolError(400)  # bad request line
    version = '1.1'
    text = parts[2]
    if text != b'HTTP/1.1':
        if len(text) != 8 or text[:5] != b'HTTP/' or text[6] != 0x2e or not (text[5:6] + text[7:]).isdigit():
            raise ProtocolError(400)  # bad HTTP version
        if text[5] != 0x31:
            raise ProtocolError(505)  # unsupported HTTP version
        if text[7] == 0x30:  # a later 1.x is answered as 1.1 (RFC 9110, section 2.5)
            version = '1.0'
    try:
        if not fields or version != fields[1] or not data.endswith(fields[0]) or len(data) != eol + len(fields[0]):
            fields = _parse_fields(data, eol, version, limits.max_readline)
        end = eol + len(fields[0])
        if end > limits.max_head_length + 2:
            raise ProtocolError(431)  # head too large
        # most methods are GET, and text costs more to make than to compare
        method = 'GET' if parts[0] == b'GET' else parts[0].decode()
        return method, parts[1].decode(), fields, end
    except UnicodeError:
        raise ProtocolError(400)  # head is not UTF-8


def _parse_fields(data, start, version, limit):
    end = len(data)
    if end - start > limit or not data.endswith(b'\r\n\r\n'):
        end = find_end(data)
    fields = data[start:end]
    size = end - start
    # Each line will be an object: not too many of them.
    if size > limit and (fields.count(b'\n') > _MAX_FIELDS + 1 or max(map(len, fields.split(b'\n'))) > limit + 1):
        raise ProtocolError(431)  # header field too large or too many of them
    lines = fields.splitlines()
    if lines.index(b'') + 1 < len(lines) and find_end(data) < end:
        # what follows the head ends like one too
        return _parse_fields(data[:find_end(data)], start, version, limit)
    # Each line end takes two bytes; if not all do, some are a lone LF, or a lone CR.
    if b'\0' in fields or sum(map(len, lines)) + 2 * len(lines) != size and \
            fields.count(b'\r') != fields.count(b'\r\n'):
        raise ProtocolError(400)  # bare CR or NUL in head
    if len(lines) > _MAX_FIELDS + 1:
        raise ProtocolError(431)  # too many header fields
    fields.decode()  # all of it has to be UTF-8
    length = None
    keep = version != '1.0'
    chunked = expect = False
    hosts = 0
    lines.pop()  # the empty one
    for line in lines:
        size = line.find(b':')
        # No colon, an empty name, a folded line, a space before the colon:
        # none of them leaves a token.
        name = line[:size]
        if size < 1 or not name.isalpha() and not name.replace(b'-', b'').isalpha() and name.lstrip(_TOKEN):
            raise ProtocolError(400)  # bad header field
        # Five fields frame a message; most others are told by their length.
        if not _FRAMING >> size & 1:
            continue
        name = name.lower().decode()
        value = line[size + 1:].strip(b' \t')  # strip() alone takes more for blanks than HTTP does
        text = value.lower().decode()
        if name == 'host':
            hosts += 1
        elif name == 'connection':
            options = text.replace(',', ' ').split()
            if 'close' in options:
                keep = None  # for good, whatever another line says
            elif keep is False and 'keep-alive' in options:
                keep = True
        elif name == 'content-length':
            # the text could have other digits
            if not value.isdigit() or len(value) > 15 or length not in (None, int(value)):
                raise ProtocolError(400)  # bad Content-Length
            length = int(value)
        elif name == 'transfer-encoding':
            if version == '1.0' or chunked:
                raise ProtocolError(400)  # bad Transfer-Encoding
            if text != 'chunked':
                raise ProtocolError(501)  # unknown transfer coding
            chunked = True
        elif name == 'expect' and version != '1.0':
            if text != '100-continue':
                raise ProtocolError(417)  # unknown expectation
            expect = True
    if chunked and length is not None or hosts != 1 and (hosts or version != '1.0'):
        raise ProtocolError(400)  # both Content-Length and Transfer-Encoding; or no Host, or more than one
    return fields, version, -1 if chunked else length or 0, keep, expect


def format_date(seconds):
    """Format a time, in seconds since the platform's epoch, as an IMF-fixdate (RFC 9110, section 5.6.7)."""
    from time import gmtime  # MicroPython has no strftime()
    year, month, day, hour, minute, second, weekday = gmtime(seconds)[:7]
    return '%s, %02d %s %d %02d:%02d:%02d GMT' % (
        _DAYS[3 * weekday:3 * weekday + 3], day, _MONTHS[3 * month - 3:3 * month],
        year, hour, minute, second)


def date_key(text):
    """Turn an IMF-fixdate into something that sorts by time; ``None`` when it is none."""
    parts = text.split()
    if len(parts) == 6 and parts[2] in _MONTHS and parts[5] == 'GMT':
        return parts[3], _MONTHS.find(parts[2]), parts[1], parts[4]


def now():
    """Return the date of now as an IMF-fixdate, or ``''`` while the clock is not set."""
    from time import gmtime, time
    seconds = int(time())
    # boards start in 1970, 2000 or 2021 and stay there until it is
    return format_date(seconds) if gmtime(seconds)[0] > 2023 else ''
