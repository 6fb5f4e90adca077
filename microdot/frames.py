"""WebSocket frames and messages (RFC 6455 section 5): bytes in, events out, no input or output of its own."""
import struct
import sys

from .compat import const

CONT = const(0)
TEXT = const(1)
BINARY = const(2)
CLOSE = const(8)
PING = const(9)
PONG = const(10)

NORMAL_CLOSURE = const(1000)
PROTOCOL_ERROR = const(1002)
NO_STATUS = const(1005)
ABNORMAL_CLOSURE = const(1006)
INVALID_DATA = const(1007)
TOO_BIG = const(1009)
INTERNAL_ERROR = const(1011)

_OPCODES = b'\x00\x01\x02\x08\x09\x0a'
_FIN = const(0x80)
_RSV = const(0x70)
_MASKED = const(0x80)
_MAX_CONTROL = const(125)
_LENGTH_16 = const(126)
_LENGTH_64 = const(127)

# Long enough to amortize the calls, short enough not to need a large free block.
_MASK_BLOCK = const(512)

# Lead byte, lowest and highest second byte that RFC 3629 section 4 allows after it.
_UTF8_SECOND = (b'\xc0\x01\x00', b'\xc1\x01\x00', b'\xe0\xa0\xbf', b'\xed\x80\x9f', b'\xf0\x90\xbf', b'\xf4\x80\x8f',
                b'\xf5\x01\x00', b'\xf6\x01\x00', b'\xf7\x01\x00')
_LAX_UTF8 = sys.implementation.name == 'micropython'


class ProtocolError(Exception):
    """The peer broke the protocol.

    :ivar code: the close code to fail the connection with (RFC 6455 section 7.4.1).
    :ivar reason: what was wrong, in a few words.
    """
    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code
        self.reason = reason


def mask(buffer, key, start=0, phase=0):
    """Mask or unmask ``buffer`` from ``start`` on, in place (RFC 6455 section 5.3).

    :param buffer: a ``bytearray``.
    :param key: the four bytes of the masking key.
    :param phase: how many bytes of the same frame were masked before these.
    """
    phase &= 3
    if phase:
        key = key[phase:] + key[:phase]
    number = int.from_bytes
    view = memoryview(buffer)
    end = len(buffer)
    padded = 0
    while start < end:
        size = min(end - start, _MASK_BLOCK)
        if size != padded:
            padded = size
            pad = number((key * ((size + 3) >> 2))[:size], 'little')
        block = view[start:start + size]
        block[:] = (number(block, 'little') ^ pad).to_bytes(size, 'little')
        start += size


def encode(opcode, payload, fin=True, key=None):
    """Return the frame that carries ``payload``.

    :param opcode: one of ``CONT``, ``TEXT``, ``BINARY``, ``CLOSE``, ``PING``, ``PONG``.
    :param payload: a bytes-like object.
    :param fin: false for every fragment of a message but the last.
    :param key: four random bytes when a client sends, ``None`` when a server does.

    Raises ``ValueError`` for a control frame that does not fit (RFC 6455 section 5.5).
    """
    length = len(payload)
    if opcode >= CLOSE and (length > _MAX_CONTROL or not fin):
        raise ValueError('a control frame carries at most 125 bytes in one piece, not {}'.format(length))
    first = opcode | _FIN if fin else opcode
    flag = _MASKED if key else 0
    if length < _LENGTH_16:
        head = bytes((first, flag | length))
    elif length < 0x10000:
        head = struct.pack('>BBH', first, flag | _LENGTH_16, length)
    else:
        head = struct.pack('>BBQ', first, flag | _LENGTH_64, length)
    if not key:
        return head + payload
    payload = bytearray(payload)
    mask(payload, key)
    return head + key + payload


def encode_close(code, reason=''):
    """Return the payload of a close frame: empty without a code (RFC 6455 section 5.5.1)."""
    if code is None or code == NO_STATUS:
        return b''
    if not _is_close_code(code):
        raise ValueError('close code {} may not be sent: use 1000 or one from 3000 to 4999'.format(code))
    payload = struct.pack('>H', code) + reason.encode()
    if len(payload) > _MAX_CONTROL:
        raise ValueError('close reason of {} bytes: at most 123 fit'.format(len(payload) - 2))
    return payload


def _is_close_code(code):
    # RFC 6455 section 7.4 and the IANA registry: 1004, 1005, 1006 and 1015 never travel.
    return 3000 <= code <= 4999 or 1000 <= code <= 1014 and not 1004 <= code <= 1006


def decode_text(data):
    """Return ``data`` as text, or raise ``ProtocolError`` 1007 where it is not UTF-8 (RFC 3629)."""
    try:
        text = str(data, 'utf-8')
    except UnicodeError:
        text = None
    if text is None or _LAX_UTF8 and len(text) != len(data) and not _is_strict(data):
        raise ProtocolError(INVALID_DATA, 'text is not UTF-8')
    return text


def _is_strict(data):
    # MicroPython's decoder checks the shape only: not overlong forms, surrogates, code points past U+10FFFF.
    for row in _UTF8_SECOND:
        at = data.find(row[:1])
        while at >= 0:
            if not row[1] <= data[at + 1] <= row[2]:
                return False
            at = data.find(row[:1], at + 1)
    return True


def _whole_characters(data):
    # How much of the data does not belong to a character that may still be continued.
    end = len(data)
    for at in range(end - 1, max(end - 4, -1), -1):
        byte = data[at]
        if byte >= 0xc0:
            return at if at + (2 if byte < 0xe0 else 3 if byte < 0xf0 else 4) > end else end
        if byte < 0x80:
            break
    return end


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
        self.max_length = max_length
        self._mask_flag = 0 if client else _MASKED
        self._data = b''
        self._at = 0
        self._head = bytearray()
        self._left = 0        # bytes of the current frame's payload to come
        self._in_payload = False
        self._kind = CONT     # opcode of the message in progress, CONT between messages
        self._message = bytearray()
        self._checked = 0     # bytes of a text message that are known to be UTF-8
        self._control = None  # payload of the control frame in progress
        self._closed = False

    def receive_data(self, data):
        """Take bytes from the peer.

        They may be in a reused buffer, which is free again when ``next_event()`` has returned ``None``.
        """
        if self._at < len(self._data):
            data = bytes(memoryview(self._data)[self._at:]) + data
        self._data = data
        self._at = 0

    def next_event(self):
        """Return the next event, or ``None`` when more bytes are needed or the peer has closed.

        Raises ``ProtocolError`` with the close code when the peer broke a rule. Nothing is decoded after that.
        """
        try:
            while not self._closed and (self._in_payload or self._read_head()) and self._read_payload():
                event = self._end_frame()
                if event:
                    return event
        except ProtocolError:
            self._closed = True
            raise
        return None

    def _take(self, count):
        at = self._at
        self._at = end = min(at + count, len(self._data))
        return memoryview(self._data)[at:end]

    def _fill_head(self, size):
        head = self._head
        if len(head) < size:
            head.extend(self._take(size - len(head)))
        return len(head) >= size

    def _read_head(self):
        if not self._fill_head(2):
            return False
        head = self._head
        first, second = head[0], head[1]
        self._check_head(first, second)
        length = second & 0x7f
        extra = 2 if length == _LENGTH_16 else 8 if length == _LENGTH_64 else 0
        if not self._fill_head(2 + extra + (4 if second & _MASKED else 0)):
            return False
        if extra:
            length = int.from_bytes(head[2:2 + extra], 'big')
            # Section 5.2: the shortest form must be used, and 63 bits are the most.
            if length < (_LENGTH_16 if extra == 2 else 0x10000) or length >> 63:
                raise ProtocolError(PROTOCOL_ERROR, 'bad length')
        if first & 15 >= CLOSE:
            self._control = bytearray()
        elif self.max_length and len(self._message) + length > self.max_length:
            raise ProtocolError(TOO_BIG, 'message too large')
        elif first & 15:
            self._kind = first & 15
        self._left = length
        self._phase = 0
        self._in_payload = True
        return True

    def _check_head(self, first, second):
        opcode = first & 15
        if first & _RSV:
            problem = 'reserved bit set'
        elif opcode not in _OPCODES:
            problem = 'unknown opcode'
        elif second & _MASKED != self._mask_flag:
            problem = 'frame not masked' if self._mask_flag else 'masked frame'
        elif opcode >= CLOSE and (second & 0x7f > _MAX_CONTROL or not first & _FIN):
            problem = 'control frame too long or fragmented'
        elif opcode < CLOSE and (opcode == CONT) != (self._kind != CONT):
            problem = 'continuation of nothing' if opcode == CONT else 'message inside a message'
        else:
            return
        raise ProtocolError(PROTOCOL_ERROR, problem)

    def _read_payload(self):
        piece = self._take(self._left)
        size = len(piece)
        if size:
            buffer = self._message if self._control is None else self._control
            start = len(buffer)
            buffer.extend(piece)
            if self._mask_flag:
                self.mask(buffer, bytes(self._head[-4:]), start, self._phase)
            self._phase += size
            self._left -= size
        return not self._left

    def _end_frame(self):
        first = self._head[0]
        self._head = bytearray()
        self._in_payload = False
        if self._control is not None:
            payload, self._control = bytes(self._control), None
            if first & 15 != CLOSE:
                return first & 15, payload
            self._closed = True
            return CLOSE, _decode_close(payload)
        kind, data = self._kind, self._message
        if first & _FIN:
            self._kind = CONT
            self._message = bytearray()
            self._checked = 0
            return kind, decode_text(data) if kind == TEXT else bytes(data)
        if kind == TEXT:
            # Section 8.1: bad text fails at once, not when the last fragment comes.
            end = _whole_characters(data)
            decode_text(data[self._checked:end])
            self._checked = end
        return None


def _decode_close(payload):
    if not payload:
        return NO_STATUS, ''
    code = int.from_bytes(payload[:2], 'big')
    if len(payload) == 1 or not _is_close_code(code):
        raise ProtocolError(PROTOCOL_ERROR, 'bad close code')
    return code, decode_text(payload[2:])
