"""WebSockets (RFC 6455), in either flavour."""
import hashlib
from binascii import b2a_base64

from .compat import MICROPYTHON, const, drive, print_exception
from .frames import Decoder, WebSocketError, encode, encode_close
from .helpers import items, wraps
from .response import Response, abort
from .wire import Disconnected, TimedOut

_TEXT = const(1)
_BINARY = const(2)
_CLOSE = const(8)
_PING = const(9)
_PONG = const(10)

_NORMAL_CLOSURE = const(1000)
_ABNORMAL_CLOSURE = const(1006)
_INTERNAL_ERROR = const(1011)

_GUID = const(b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11')  # RFC 6455 section 1.3
_ANSWER = const('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                'Sec-WebSocket-Accept: ')
_VERSION = const('Sec-WebSocket-Version')
_RECV_SIZE = 1460 if MICROPYTHON else 65536
# How often is received at most while waiting for the peer's close frame.
_MAX_RECEIVES = const(45)


class WebSocket:
    """A WebSocket. In an asyncio application its methods are coroutines, in a synchronous one they block.

    :ivar closed: whether no more can be sent or received.
    :ivar close_code: the peer's close code once it is closed, 1006 when the peer vanished.
    :ivar close_reason: the peer's close reason.
    :ivar subprotocol: the subprotocol agreed on, ``None`` without one.
    """
    CONT = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10

    #: What decodes the frames of the peer.
    decoder_class = Decoder
    #: Longest message to receive, in bytes: -1 takes ``Request.max_body_length``, 0 sets no limit.
    max_message_length = -1
    #: A peer that sends nothing for so long is sent a ping, and given up after as long again; 0 never does.
    ping_interval_ms = 30000
    #: How long to wait for the peer's close frame after ours.
    close_timeout_ms = 1000

    closed = False
    close_code = None
    close_reason = ''
    # What sends pings while nothing is received, and ends with the WebSocket, where that takes no thread.
    _keeper = None
    _waiting = False
    _pinged = False
    _room = _MAX_RECEIVES

    def __init__(self, request, subprotocol=None):
        limit = self.max_message_length
        self.subprotocol = subprotocol
        self._connection = request.connection
        self._connection.timeout_ms = self.ping_interval_ms
        self._decoder = self.decoder_class(False, request.max_body_length if limit < 0 else limit)
        self._lock = request.app.lock()  # one frame after the other, whoever sends
        self.face = request.app.face
        if self.face is not drive and self.ping_interval_ms:
            # A function that does not receive for long is cancelled when the client is gone.
            self._keeper = request.app.repeat(self.ping_interval_ms, self.ping)

    def receive(self):
        """Wait for the next message and return it: ``str`` or ``bytes``, as the peer sent it.

        Raises :class:`WebSocketError` when there will be none.
        """
        return self.face(self._recv())

    def send(self, data, opcode=None):
        """Send a message.

        :param data: ``str`` for a text message, bytes or an array for a binary one.
        :param opcode: another opcode to send the data with, such as ``WebSocket.PING``.

        Raises :class:`WebSocketError` when the WebSocket is closed.
        """
        return self.face(self._write(data, opcode))

    def close(self, code=1000, reason=''):
        """Close the WebSocket.

        :param code: the close code: 1000, another that may be sent (RFC 6455 section 7.4), or one from 3000 to 4999.
        :param reason: a text of up to 123 bytes.
        """
        return self.face(self.finish(code, reason))

    async def _recv(self):
        self._waiting = True
        try:
            while self.close_code is None:
                event = self._decoder.next_event()
                if not event:
                    await self._receive()
                    continue
                opcode, payload = event
                if opcode == _CLOSE:
                    self.close_code, self.close_reason = payload
                    if not self.closed:
                        self.closed = True
                        await self._send(_CLOSE, encode_close(*payload))
                elif not self.closed:
                    if opcode < _CLOSE:
                        return payload
                    if opcode == _PING:
                        await self._send(_PONG, payload)
        except WebSocketError as exc:
            self._waiting = False
            await self.finish(exc.code, exc.reason)
            raise
        finally:
            self._waiting = False
        raise WebSocketError(self.close_code, self.close_reason)

    async def _write(self, data, opcode=None):
        if self.closed:
            raise WebSocketError(self.close_code or _NORMAL_CLOSURE, self.close_reason)
        if isinstance(data, str):
            data = data.encode()
            opcode = opcode or _TEXT
        elif not isinstance(data, (bytes, bytearray)):
            data = bytes(memoryview(data))  # an array's length is not in bytes
        await self._send(opcode or _BINARY, data)

    async def finish(self, code=_NORMAL_CLOSURE, reason=''):
        """:meth:`close` as a coroutine in either flavour: send a close frame, and wait for the peer's."""
        if self._keeper:
            self._keeper.cancel()
        if self.closed:
            return
        payload = encode_close(code, reason)
        self.closed = True
        try:
            await self._send(_CLOSE, payload)
            if not self._waiting:
                # Closing a connection with unread input would destroy our close frame on its way.
                self._connection.timeout_ms = 0
                self._connection.transport.timer(self.close_timeout_ms)
                await self._recv()
        except Disconnected:
            # The peer owes nothing that is still of use.
            self.close_code = self.close_code or _ABNORMAL_CLOSURE

    async def ping(self):
        """Send a ping if nothing is being received, which notices that the peer is gone by itself."""
        if not self._waiting and not self.closed:
            await self._send(_PING, b'')

    async def _send(self, opcode, payload):
        try:
            async with self._lock:
                await self._connection.transport.send(encode(opcode, payload))
        except Disconnected:
            self._drop()

    async def _receive(self):
        try:
            data = await self._connection.recv(_RECV_SIZE)
        except TimedOut:
            if self._pinged or self.closed:
                self._drop()
            self._pinged = True
            await self._send(_PING, b'')
            return
        except Disconnected:
            data = b''
        self._room -= self.closed
        if not data or not self._room:
            self._drop()
        self._pinged = False
        self._decoder.receive_data(data)

    def _drop(self):
        self.closed = True
        self.close_code = self.close_code or _ABNORMAL_CLOSURE
        raise WebSocketError()

    @classmethod
    async def upgrade(cls, request, subprotocols=(), origins=None):
        """Make a WebSocket of a request (RFC 6455 section 4.2): :func:`websocket_upgrade` as a coroutine, of any class."""
        get = request.headers.get
        key = get('Sec-WebSocket-Key', '')
        if request.method != 'GET' or request.http_version[-3:] == '1.0' or \
                'upgrade' not in items(get('Connection', '').lower()) or \
                'websocket' not in items(get('Upgrade', '').lower()) or len(key) != 24 or key[22:] != '==':
            abort(400)
        if get(_VERSION) != '13':
            request.after_request(_add_headers)
            abort(426)
        subprotocol = negotiate(request, subprotocols, origins)
        digest = key.encode() + _GUID
        try:
            digest = hashlib.sha1(digest).digest()
        except AttributeError:  # MicroPython without TLS has SHA-256 alone
            from .sha1 import sha1
            digest = sha1(digest)
        head = _ANSWER + b2a_base64(digest).decode().rstrip()
        if subprotocol:
            head += '\r\nSec-WebSocket-Protocol: ' + subprotocol
        await request.connection.transport.send((head + '\r\n\r\n').encode())
        return close_after(request, cls(request, subprotocol))


async def _add_headers(request, response):
    # RFC 6455 section 4.4, and RFC 9110 section 15.5.22
    response.headers.update({_VERSION: '13', 'Upgrade': 'websocket', 'Connection': 'Upgrade, close'})


def negotiate(request, subprotocols, origins):
    """Return the first of the subprotocols that the client offers, ``None`` without one.

    Aborts the request of a page whose origin is not among those allowed; other clients send none.
    """
    origin = request.headers.get('Origin')
    if origin is not None and origins is not None:
        if isinstance(origins, str):  # of which a part would do
            origins = (origins,)
        if not (origins(origin) if callable(origins) else origin in origins):
            abort(403)
    offered = items(request.headers.get('Sec-WebSocket-Protocol', ''))
    for name in subprotocols:
        if name in offered:
            return name


def close_after(request, ws):
    """Close a WebSocket when its request is done, in place of a response; returns the WebSocket."""
    async def close(request, response):
        await ws.finish(_NORMAL_CLOSURE if response.status_code < 500 else _INTERNAL_ERROR)
        return Response.already_handled
    request.after_request(close)
    return ws


def websocket_wrapper(f, upgrade, **options):
    """Return the route function that calls ``f(request, ws)`` with the WebSocket of its request.

    :param upgrade: coroutine function that answers the handshake, as ``websocket_upgrade()`` does.
    :param options: arguments for it.
    """
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        ws = await upgrade(request, **options)
        code = _INTERNAL_ERROR
        try:
            await request.app.invoke(f, request, ws, *args, **kwargs)
            code = _NORMAL_CLOSURE
        except Disconnected:
            pass  # that is how a conversation ends
        except Exception as exc:
            print_exception(exc)
        finally:
            await ws.finish(code)
        return Response.already_handled
    return wrapper


def with_upgrade(upgrade):
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
            return lambda f: websocket_wrapper(f, upgrade, **options)
        return websocket_wrapper(f, upgrade, **options)
    return with_websocket


def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request, inside of a route function, and return it; in an asyncio application a coroutine.

    :param subprotocols: the subprotocols that the application speaks, the best first; ``ws.subprotocol`` is the one
                         agreed on.
    :param origins: the origins whose pages may connect, as a list or as a function ``f(origin)``; ``None`` for all.

    Aborts the request with 400, 403 or 426 where the handshake is not acceptable.
    """
    return request.app.face(WebSocket.upgrade(request, subprotocols, origins))


with_websocket = with_upgrade(WebSocket.upgrade)
