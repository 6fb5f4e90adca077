"""WebSocket frames and messages (RFC 6455 section 5): bytes in, events out, no input or output of its own."""
from .compat import MICROPYTHON, const
from .wire import Disconnected

CONT = const(0)
TEXT = const(1)
BINARY = const(2)
CLOSE = const(8)
PING = const(9)
PONG = const(10)

_PROTOCOL_ERROR = const(1002)
_NO_STATUS = const(1005)
_ABNORMAL_CLOSURE = const(1006)
_INVALID_DATA = const(1007)
_TOO_BIG = const(1009)

_FIN = const(0x80)
_RSV = const(0x70)
_MASKED = const(0x80)
_MAX_CONTROL = const(125)
_LENGTH_16 = const(126)
_LENGTH_64 = const(127)

# Long enough to amortize the calls, short enough not to need a large free block.
_MASK_BLOCK = const(512)

# Lead byte, lowest and highest second byte that RFC 3629 section 4 allows after it, one row after the other.
_UTF8 = const(b'\xc0\x01\0\xc1\x01\0\xe0\xa0\xbf\xed\x80\x9f\xf0\x90\xbf\xf4\x80\x8f\xf5\x01\0\xf6\x01\0\xf7\x01\0')


class WebSocketError(Disconnected):
    """The WebSocket is closed: by the peer, because the peer is gone, or because it broke the protocol.

    It is an ``OSError`` with errno 32 too, which is what Microdot 1 raised.

    :ivar code: the close code (RFC 6455 section 7.4).
    :ivar reason: the reason, which may be empty.
    """
    def __init__(self, code=_ABNORMAL_CLOSURE, reason=''):
        super().__init__(32, '%d %s' % (code, reason))
        self.code = code
        self.reason = reason


def mask(data, key):
    """Mask or unmask bytes in place (RFC 6455 section 5.3).

    :param data: a ``bytearray`` or a ``memoryview`` of one.
    :param key: the four bytes of the masking key.
    """
    number = int.from_bytes
    data = memoryview(data)
    width = min(len(data) + 4 & ~3, _MASK_BLOCK)
    pad = number(key * (width >> 2), 'big')
    for start in range(0, len(data), width):
        block = data[start:start + width]
        size = len(block)
        block[:] = (number(block, 'big') ^ pad >> 8 * (width - size)).to_bytes(size, 'big')


def encode(opcode, payload, fin=True, key=None):
    """Return the frame that carries ``payload``.

    :param opcode: one of ``CONT``, ``TEXT``, ``BINARY``, ``CLOSE``, ``PING``, ``PONG``.
    :param payload: a bytes-like object.
    :param fin: false for every fragment of a message but the last.
    :param key: four random bytes when a client sends, ``None`` when a server does.

    Raises ``ValueError`` for a control frame that does not fit (RFC 6455 section 5.5).
    """
    size = len(payload)
    if opcode >= CLOSE and (size > _MAX_CONTROL or not fin):
        raise ValueError('control frame of %d bytes: at most 125 fit' % size)
    length = size if size < _LENGTH_16 else _LENGTH_16 if size < 0x10000 else _LENGTH_64
    head = bytes((opcode | _FIN if fin else opcode, length | _MASKED if key else length))
    if length >= _LENGTH_16:
        head += size.to_bytes(2 if length == _LENGTH_16 else 8, 'big')
    if key:
        head += key
        payload = bytearray(payload)
        mask(payload, key)
    return head + payload


def encode_close(code, reason=''):
    """Return the payload of a close frame: empty for 1005, which stands for no code (RFC 6455 section 5.5.1)."""
    if code == _NO_STATUS:
        return b''
    if not _is_status(code):
        raise ValueError('close code %d: use 1000 or 3000 to 4999' % code)
    reason = reason.encode()
    if len(reason) > _MAX_CONTROL - 2:
        raise ValueError('close reason of %d bytes: at most 123 fit' % len(reason))
    return code.to_bytes(2, 'big') + reason


def _is_status(code):
    # RFC 6455 section 7.4 and the IANA registry: 1004, 1005, 1006 and 1015 never travel.
    return 3000 <= code <= 4999 or 1000 <= code <= 1014 and not 1004 <= code <= 1006


def decode_text(data):
    """Return bytes as text, or raise :class:`WebSocketError` 1007 where they are not UTF-8 (RFC 3629)."""
    try:
        text = str(data, 'utf-8')
        if MICROPYTHON and len(text) != len(data):
            # The decoder checks the shape only: not overlong forms, surrogates, code points past U+10FFFF.
            data = bytes(data)
            for i in range(0, len(_UTF8), 3):
                start = data.find(_UTF8[i:i + 1])
                while start >= 0:
                    if not _UTF8[i + 1] <= data[start + 1] <= _UTF8[i + 2]:
                        raise ValueError
                    start = data.find(_UTF8[i:i + 1], start + 1)
        return text
    except ValueError:
        raise WebSocketError(_INVALID_DATA, 'not UTF-8')


class Decoder:
    """Turns the bytes of one peer into events.

    Hand received bytes to ``receive_data()``, then call ``next_event()`` until it returns ``None``. An event is a tuple
    ``(opcode, payload)``: ``(TEXT, str)`` and ``(BINARY, bytes)`` are whole messages; ``(PING, bytes)``,
    ``(PONG, bytes)`` and ``(CLOSE, (code, reason))`` are control frames, which may come between a message's fragments.

    :param client: true when this end is the client, whose peer must not mask.
    :param max_length: longest message in bytes, 0 for no limit.
    """
    mask = staticmethod(mask)

    def __init__(self, client=False, max_length=0):
        self.client = client
        self.limit = max_length
        self.data = bytearray()
        self.body = None  # the fragments of a message so far, None between messages
        self.end = 0       # of the fragments, the bytes that are known to be UTF-8
        self.closed = False

    def receive_data(self, data):
        """Take bytes from the peer, which are copied."""
        if not self.closed:
            self.data += data

    def next_event(self):
        """Return the next event, or ``None`` when more bytes are needed or the peer has closed.

        Raises :class:`WebSocketError` with the close code when the peer broke a rule. Nothing is decoded after that.
        """
        event = None
        try:
            while not self.closed and not event:
                frame = self._next()
                if not frame:
                    break
                event = self._parse(*frame)
        except WebSocketError:
            self.closed = True
            raise
        return event

    def _next(self):
        data = self.data
        if len(data) < 2:
            return None
        first, size = data[0], data[1]
        opcode = first & 15
        good = not first & _RSV and opcode & 7 <= BINARY and (size < _MASKED) == self.client
        size &= 127
        if opcode >= CLOSE:
            good = good and first & _FIN and size <= _MAX_CONTROL
        elif (opcode == CONT) == (self.body is None):
            good = False  # a continuation of nothing, or a message inside a message
        start = 2
        if good and size > _MAX_CONTROL:
            start = 4 if size == _LENGTH_16 else 10
            if len(data) < start:
                return None
            # Section 5.2: the shortest form must be used, and 63 bits are the most.
            least = _LENGTH_16 if start == 4 else 0x10000
            size = int.from_bytes(data[2:start], 'big')
            good = size >= least and not size >> 63
        if not good:
            raise WebSocketError(_PROTOCOL_ERROR, 'bad frame')
        if opcode < CLOSE and self.limit and size + len(self.body or b'') > self.limit:
            raise WebSocketError(_TOO_BIG, 'message too large')
        if not self.client:
            start += 4
        end = start + size
        if len(data) < end:
            return None
        payload = memoryview(data)[start:end]
        if not self.client:
            self.mask(payload, bytes(data[start - 4:start]))
        self.data = data[end:]
        return opcode, payload, first & _FIN

    def _parse(self, opcode, payload, fin):
        if opcode == CLOSE:
            self.closed = True
            code = int.from_bytes(payload[:2], 'big') if payload else _NO_STATUS
            if payload and not _is_status(code):
                raise WebSocketError(_PROTOCOL_ERROR, 'bad frame')
            return CLOSE, (code, decode_text(payload[2:]))
        if opcode > CLOSE:
            return opcode, bytes(payload)
        if opcode:
            self.kind = opcode
            if not fin:
                payload = self.body = bytearray(payload)
                self.end = 0
        else:
            self.body += payload
            payload = self.body
        if fin:
            self.body = None
            return self.kind, decode_text(payload) if self.kind == TEXT else bytes(payload)
        if self.kind == TEXT:
            # Section 8.1: bad text fails at once, not when the last fragment comes. The last character may be continued.
            end = len(payload)
            for byte in reversed(payload[-4:]):
                end -= 1
                if byte & 0xc0 != 0x80:
                    break
            else:
                end = len(payload)
            decode_text(payload[self.end:end])
            self.end = end
        return None
