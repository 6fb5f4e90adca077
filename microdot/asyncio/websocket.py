"""WebSockets for the asyncio framework: the same as for the synchronous one, with coroutines."""
from ..websocket import WebSocket as _WebSocket, WebSocketError, websocket_wrapper, with_upgrade  # noqa: F401


class WebSocket(_WebSocket):
    """A WebSocket.

    :ivar closed: whether no more can be sent or received.
    :ivar close_code: the peer's close code once it is closed, 1006 when the peer vanished.
    :ivar close_reason: the peer's close reason.
    :ivar subprotocol: the subprotocol agreed on, ``None`` without one.
    """

    receive = _WebSocket.receive_message
    send = _WebSocket.send_message
    close = _WebSocket.finish
    # A function that does not receive for long is cancelled when the client is gone.
    _keeper = True


websocket_upgrade = WebSocket.upgrade
with_websocket = with_upgrade(websocket_upgrade)
