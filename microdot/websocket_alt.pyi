from .websocket import (
    WebSocket as WebSocket,
    WebSocketError as WebSocketError,
    websocket_upgrade as websocket_upgrade,
    with_websocket as with_websocket,
)
