"""The server's side of a WebSocket (RFC 6455); websocket.py and asyncio/websocket.py are its faces."""
import binascii

from .compat import MICROPYTHON, print_exception
from .frames import (ABNORMAL_CLOSURE, BINARY, CLOSE, CONT, INTERNAL_ERROR, NORMAL_CLOSURE, PING, PONG, TEXT, Decoder,
                     ProtocolError, encode, encode_close)
from .helpers import wraps
from .response import Response, abort
from .wire import Disconnected, TimedOut, encode_head

try:
    from hashlib import sha1 as _sha1
except ImportError:
    # MicroPython without TLS has SHA-256 alone.
    from .sha1 import sha1
else:
    def sha1(data):
        return _sha1(data).digest()

_GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'  # RFC 6455 section 1.3
_RECV_SIZE = 1460 if MICROPYTHON else 65536
# What is read at most while waiting for the peer's close frame, in bytes.
_MAX_DRAIN = 65536


class WebSocketError(Disconnected):
    """The WebSocket is closed: by the peer, because the peer is gone, or because it broke the protocol.

    It is an ``OSError`` with errno 32 too, which is what Microdot 1 raised.

    :ivar code: the close code (RFC 6455 section 7.4).
    :ivar reason: the reason, which may be empty.
    """
    def __init__(self, code=ABNORMAL_CLOSURE, reason=''):
        super().__init__(32, 'websocket closed: {} {}'.format(code, reason).rstrip())
        self.code = code
        self.reason = reason


class WebSocketConnection:
    """A WebSocket, with coroutines that the faces give their names.

    :param request: the request that was upgraded.
    :param max_length: longest message to receive in bytes, 0 for no limit.
    :param subprotocol: the subprotocol agreed on, if any.

    :ivar closed: whether no more can be sent or received.
    :ivar close_code: the peer's close code once it is closed, 1006 when the peer vanished.
    :ivar close_reason: the peer's close reason.
    """
    CONT = CONT
    TEXT = TEXT
    BINARY = BINARY
    CLOSE = CLOSE
    PING = PING
    PONG = PONG

    #: What decodes the frames of the peer.
    decoder_class = Decoder
    #: What sends pings while nothing is received, and ends with the WebSocket; ``None`` where nothing does.
    keeper = None
    #: Longest message to receive, in bytes: -1 takes ``Request.max_body_length``, 0 sets no limit.
    max_message_length = -1
    #: A peer that sends nothing for so long is sent a ping, and given up after as long again; 0 never does.
    ping_interval_ms = 30000
    #: How long to wait for the peer's close frame after ours.
    close_timeout_ms = 1000

    def __init__(self, request, max_length=0, subprotocol=None):
        self.closed = False
        self.close_code = None
        self.close_reason = ''
        self.subprotocol = subprotocol
        self._connection = request.connection
        self._reader = request.connection.reader
        self._reader.timeout_ms = self.ping_interval_ms
        self._decoder = self.decoder_class(max_length=max_length)
        self._lock = request.app.lock()  # one frame after the other, whoever sends
        self._receiving = False
        self._pinged = False

    async def receive_message(self):
        """Return the next message: ``str`` or ``bytes``, as the peer sent it.

        Raises :class:`WebSocketError` when there will be none.
        """
        self._receiving = True
        try:
            while self.close_code is None:
                opcode, payload = await self._next_event()
                if opcode == CLOSE:
                    await self._end(*payload)
                elif opcode == PING:
                    if not self.closed:
                        await self._transmit(PONG, payload)
                elif opcode != PONG and not self.closed:
                    return payload
        finally:
            self._receiving = False
        raise WebSocketError(self.close_code, self.close_reason)

    async def send_message(self, data, opcode=None):
        """Send a message.

        :param data: ``str`` for a text message, bytes for a binary one.
        :param opcode: another opcode to send the data with, such as ``PING``.

        Raises :class:`WebSocketError` when the WebSocket is closed.
        """
        if self.closed:
            raise WebSocketError(self.close_code or NORMAL_CLOSURE, self.close_reason)
        if opcode is None:
            opcode = TEXT if isinstance(data, str) else BINARY
        await self._transmit(opcode, data.encode() if isinstance(data, str) else data)

    async def finish(self, code=NORMAL_CLOSURE, reason=''):
        """Close the WebSocket: send a close frame, and wait for the peer's.

        :param code: 1000, another one that may be sent (RFC 6455 section 7.4), or one from 3000 to 4999.
        :param reason: a text of up to 123 bytes.
        """
        if self.keeper:
            self.keeper.cancel()
        if self.closed:
            return
        payload = encode_close(code, reason)
        self.closed = True
        try:
            await self._transmit(CLOSE, payload)
            if not self._receiving:
                await self._drain()
        except (Disconnected, ProtocolError):
            pass  # the peer owes nothing that is still of use
        if not self._receiving and self.close_code is None:
            self.close_code = ABNORMAL_CLOSURE

    async def ping(self):
        """Send a ping if nothing is being received, which notices that the peer is gone by itself."""
        if not self._receiving and not self.closed:
            await self._transmit(PING, b'')

    async def _transmit(self, opcode, payload):
        frame = encode(opcode, payload)
        try:
            async with self._lock:
                await self._connection.send(frame)
        except Disconnected:
            self._lose()

    def _lose(self):
        self.closed = True
        if self.close_code is None:
            self.close_code = ABNORMAL_CLOSURE
        raise WebSocketError()

    async def _next_event(self):
        try:
            while True:
                event = self._decoder.next_event()
                if event:
                    return event
                self._decoder.receive_data(await self._recv())
        except ProtocolError as exc:
            await self._fail(exc)

    async def _recv(self):
        while True:
            try:
                data = await self._reader.recv(_RECV_SIZE)
                if data:
                    self._pinged = False
                    return data
            except TimedOut:
                if not self._pinged and not self.closed:
                    self._pinged = True
                    await self._transmit(PING, b'')
                    continue
            except Disconnected:
                pass
            self._lose()

    async def _end(self, code, reason):
        # The peer closes, or answers our close frame.
        self.close_code = code
        self.close_reason = reason
        if not self.closed:
            self.closed = True
            await self._transmit(CLOSE, encode_close(code, reason))

    async def _fail(self, exc):
        self._receiving = False
        await self.finish(exc.code, exc.reason)
        raise WebSocketError(exc.code, exc.reason)

    # Closing a connection with unread input would destroy our close frame on its way.
    async def _drain(self):
        self._reader.timeout_ms = 0
        self._connection.timer(self.close_timeout_ms)
        left = _MAX_DRAIN
        while self.close_code is None and left > 0:
            event = self._decoder.next_event()
            if not event:
                data = await self._reader.recv(_RECV_SIZE)
                if not data:
                    break
                left -= len(data)
                self._decoder.receive_data(data)
            elif event[0] == CLOSE:
                await self._end(*event[1])


async def upgrade(request, cls, subprotocols=(), origins=None):
    """Answer the opening handshake (RFC 6455 section 4.2) and return the WebSocket, an instance of ``cls``.

    :param subprotocols: the subprotocols that the application speaks, the best first.
    :param origins: the origins whose pages may connect, as a list or as a function ``f(origin)``; ``None`` for all.

    Aborts the request with 400, 403 or 426 where the handshake is not acceptable.
    """
    check_handshake(request, origins)
    accept = binascii.b2a_base64(sha1(request.headers['Sec-WebSocket-Key'].encode() + _GUID)).decode().strip()
    headers = [('Upgrade', 'websocket'), ('Connection', 'Upgrade'), ('Sec-WebSocket-Accept', accept)]
    subprotocol = choose_subprotocol(request.headers, subprotocols)
    if subprotocol:
        headers.append(('Sec-WebSocket-Protocol', subprotocol))
    await request.connection.send(encode_head('1.1', 101, None, headers))
    limit = cls.max_message_length
    return close_after(request, cls(request, request.max_body_length if limit < 0 else limit, subprotocol))


def close_after(request, ws):
    """Close a WebSocket when its request is done, in place of a response; returns the WebSocket."""
    async def close(request, response):
        await ws.finish(NORMAL_CLOSURE if response.status_code < 500 else INTERNAL_ERROR)
        return Response.already_handled
    request.after_request(close)
    return ws


def check_handshake(request, origins=None):
    """Abort a request that does not ask for a WebSocket in the way it has to."""
    headers = request.headers
    if request.method != 'GET' or not _has_token(headers.get('Connection'), 'upgrade') or \
            not _has_token(headers.get('Upgrade'), 'websocket') or not _is_key(headers.get('Sec-WebSocket-Key', '')):
        abort(400)
    if headers.get('Sec-WebSocket-Version') != '13':
        request.after_request(lambda request, response: response.headers.update({'Sec-WebSocket-Version': '13'}))
        abort(426)
    check_origin(headers, origins)


def check_origin(headers, origins):
    """Abort the request of a page whose origin is not among those allowed; other clients send none."""
    origin = headers.get('Origin')
    if origins is None or origin is None:
        return
    if not (origins(origin) if callable(origins) else origin in origins):
        abort(403)


def choose_subprotocol(headers, supported):
    """Return the first subprotocol of ``supported`` that the client offers, or ``None``."""
    offered = [name.strip() for name in headers.get('Sec-WebSocket-Protocol', '').split(',')]
    for name in supported:
        if name in offered:
            return name
    return None


def _has_token(value, token):
    return token in [item.strip() for item in (value or '').lower().split(',')]


def _is_key(key):
    try:
        return len(key) == 24 and len(binascii.a2b_base64(key)) == 16
    except ValueError:
        return False


def websocket_wrapper(f, upgrade_function, **options):
    """Return the route function that calls ``f(request, ws)`` with the WebSocket of its request.

    :param upgrade_function: coroutine function that answers the handshake, as ``websocket_upgrade()`` does.
    :param options: arguments for it.
    """
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        ws = await upgrade_function(request, **options)
        code = INTERNAL_ERROR
        try:
            await request.app.invoke(f, request, ws, *args, **kwargs)
            code = NORMAL_CLOSURE
        except Disconnected:
            pass  # that is how a conversation ends
        except Exception as exc:
            print_exception(exc)
        finally:
            await ws.finish(code)
        return Response.already_handled
    return wrapper


def with_upgrade(upgrade_function):
    """Make the ``with_websocket`` decorator of a flavour from what answers its handshakes."""
    def with_websocket(f=None, **options):
        """Decorator for a WebSocket route: the function gets the WebSocket after the request.

        :param options: those of ``websocket_upgrade()``: ``subprotocols`` and ``origins``.

        The WebSocket is closed when the function returns, with code 1011 if it raises an exception, which is printed.

        Example::

            @app.route('/echo')
            @with_websocket
            def echo(request, ws):
                while True:
                    ws.send(ws.receive())
        """
        if f is None:
            return lambda f: websocket_wrapper(f, upgrade_function, **options)
        return websocket_wrapper(f, upgrade_function, **options)
    return with_websocket
