from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from .request import Request

class WebSocketError(OSError):
    code: int
    reason: str
    def __init__(self, code: int = 1006, reason: str = "") -> None: ...

class WebSocketConnection:
    CONT: ClassVar[int]
    TEXT: ClassVar[int]
    BINARY: ClassVar[int]
    CLOSE: ClassVar[int]
    PING: ClassVar[int]
    PONG: ClassVar[int]
    max_message_length: int
    ping_interval_ms: int
    close_timeout_ms: int
    closed: bool
    close_code: int | None
    close_reason: str
    subprotocol: str | None
    def __init__(self, request: Request, max_length: int = 0, subprotocol: str | None = None) -> None: ...

def websocket_wrapper(
    f: Callable[..., Any], upgrade_function: Callable[..., Coroutine[Any, Any, Any]], **options: Any
) -> Callable[..., Coroutine[Any, Any, Any]]: ...
