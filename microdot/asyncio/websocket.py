"""WebSockets for the asyncio framework: the same as for the synchronous one, but what waits is a coroutine."""
from ..websocket import WebSocket, WebSocketError, websocket_upgrade, websocket_wrapper, with_websocket  # noqa: F401
