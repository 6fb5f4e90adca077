"""WebSockets under ASGI, whose servers speak the protocol themselves; the same as those of microdot.asyncio."""
import asyncio

from ..frames import encode_close
from ..response import abort
from ..websocket import WebSocketError, close_after, negotiate, websocket_wrapper, with_upgrade  # noqa: F401

_NORMAL_CLOSURE = 1000
_ABNORMAL_CLOSURE = 1006
_TOO_BIG = 1009


class WebSocket:
    """A WebSocket.

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

    #: Longest message to receive, in bytes: -1 takes ``Request.max_body_length``, 0 sets no limit. Servers have theirs.
    max_message_length = -1
    #: How long a function that neither sends nor receives may go on when the client is gone, in milliseconds; then it is
    #: cancelled. 0 sets no limit.
    absence_ms = 30000

    _timer = None

    def __init__(self, request, subprotocol=None):
        self.closed = False
        self.close_code = None
        self.close_reason = ''
        self.subprotocol = subprotocol
        self._receive, self._send = request.sock
        limit = self.max_message_length
        self._limit = request.max_body_length if limit < 0 else limit
        self._task = asyncio.current_task()
        self._expect()

    # One event is received ahead, so that it is noticed that the client goes whatever the function does meanwhile.
    def _expect(self):
        self._event = asyncio.ensure_future(self._receive())
        self._event.add_done_callback(self._arrived)

    def _arrived(self, event):
        if self.closed or event.cancelled() or event.exception() or _is_message(event.result()):
            return
        self.closed = True
        event = event.result() or {}
        self.close_code = event.get('code', _ABNORMAL_CLOSURE)
        self.close_reason = event.get('reason') or ''
        if self.absence_ms:
            self._timer = asyncio.get_running_loop().call_later(self.absence_ms / 1000, self._task.cancel)

    def _end(self):
        # The error by which the function learns that there will be nothing more.
        if self._timer:
            self._timer.cancel()
        return WebSocketError(self.close_code, self.close_reason)

    async def receive(self):
        """Return the next message: ``str`` or ``bytes``, as the peer sent it.

        Raises :class:`WebSocketError` when there will be none.
        """
        if not self.closed:
            event = await asyncio.shield(self._event)
            if _is_message(event):
                self._expect()
                text = event.get('text')
                return await self._checked(event['bytes'] if text is None else text)
        raise self._end()

    async def _checked(self, message):
        size = len(message.encode() if isinstance(message, str) else message) if self._limit else 0
        if size > self._limit:
            await self.close(_TOO_BIG, 'message too large')
            raise WebSocketError(_TOO_BIG, 'message too large')
        return message

    async def send(self, data, opcode=None):
        """Send a message.

        :param data: ``str`` for a text message, bytes or an array for a binary one.
        :param opcode: ``WebSocket.TEXT`` or ``WebSocket.BINARY`` to say which; the server alone sends others.

        Raises :class:`WebSocketError` when the WebSocket is closed.
        """
        if self.closed:
            raise self._end()
        is_text = isinstance(data, str) if opcode is None else opcode == self.TEXT
        if is_text:
            event = {'text': data if isinstance(data, str) else bytes(data).decode()}
        else:
            event = {'bytes': data.encode() if isinstance(data, str) else bytes(memoryview(data))}
        try:
            await self._send({'type': 'websocket.send', **event})
            await asyncio.sleep(0)  # some servers take what nobody gets at once, and then _arrived() would have no turn
        except OSError:
            self.closed = True
            self.close_code = _ABNORMAL_CLOSURE
            raise WebSocketError()

    async def close(self, code=_NORMAL_CLOSURE, reason=''):
        """Close the WebSocket.

        :param code: the close code: 1000, another that may be sent (RFC 6455 section 7.4), or one from 3000 to 4999.
        :param reason: a text of up to 123 bytes.
        """
        if self.closed:
            return
        if not encode_close(code, reason):  # which raises ValueError as the other WebSockets do
            code = _NORMAL_CLOSURE  # servers know no close frame without a code
        self.closed = True
        self.close_code = code
        try:
            await self._send({'type': 'websocket.close', 'code': code, 'reason': reason})
        except (OSError, RuntimeError):
            pass  # the client was faster

    async def finish(self, code=_NORMAL_CLOSURE, reason=''):
        """:meth:`close` when the function has ended."""
        self._event.cancel()
        if self._timer:
            self._timer.cancel()
        await self.close(code, reason)


def _is_message(event):
    return event is not None and event['type'] == 'websocket.receive'


async def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request, inside of a route function, and return it.

    :param subprotocols: the subprotocols that the application speaks, the best first; ``ws.subprotocol`` is the one
                         agreed on.
    :param origins: the origins whose pages may connect, as a list or as a function ``f(origin)``; ``None`` for all.

    Aborts the request with 400 or 403 where the handshake is not acceptable.
    """
    if request.asgi_scope['type'] != 'websocket':
        abort(400)
    receive, send = request.sock
    subprotocol = negotiate(request, subprotocols, origins)
    await receive()  # websocket.connect
    await send({'type': 'websocket.accept', 'subprotocol': subprotocol})
    return close_after(request, WebSocket(request, subprotocol))


with_websocket = with_upgrade(websocket_upgrade)
