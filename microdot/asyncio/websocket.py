"""WebSockets for the asyncio framework: the same as for the synchronous one, with coroutines."""
from ..websocket_core import WebSocketConnection, WebSocketError, upgrade, websocket_wrapper, with_upgrade  # noqa: F401


class WebSocket(WebSocketConnection):
    """A WebSocket.

    :ivar closed: whether no more can be sent or received.
    :ivar close_code: the peer's close code once it is closed, 1006 when the peer vanished.
    :ivar close_reason: the peer's close reason.
    :ivar subprotocol: the subprotocol agreed on, ``None`` without one.
    """

    receive = WebSocketConnection.receive_message
    send = WebSocketConnection.send_message
    close = WebSocketConnection.finish


async def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request, inside of a route function, and return it.

    :param subprotocols: the subprotocols that the application speaks, the best first; ``ws.subprotocol`` is the one
                         agreed on.
    :param origins: the origins whose pages may connect, as a list or as a function ``f(origin)``; ``None`` for all.

    Aborts the request with 400, 403 or 426 where the handshake is not acceptable.
    """
    ws = await upgrade(request, WebSocket, subprotocols, origins)
    if ws.ping_interval_ms:
        # A function that does not receive for long is cancelled when the client is gone.
        ws.keeper = request.app.repeat(ws.ping_interval_ms, ws.ping)
    return ws


with_websocket = with_upgrade(websocket_upgrade)
