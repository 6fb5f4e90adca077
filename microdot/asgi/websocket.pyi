from array import array
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, overload

from ..request import Request
from ..websocket import (
    WebSocketError as WebSocketError,
    websocket_wrapper as websocket_wrapper,
)

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Request)
_Origins = Sequence[str] | Callable[[str], bool] | None

class WebSocket:
    CONT: ClassVar[int]
    TEXT: ClassVar[int]
    BINARY: ClassVar[int]
    CLOSE: ClassVar[int]
    PING: ClassVar[int]
    PONG: ClassVar[int]
    max_message_length: int
    absence_ms: int
    closed: bool
    close_code: int | None
    close_reason: str
    subprotocol: str | None
    def __init__(self, request: Request, subprotocol: str | None = None) -> None: ...
    async def receive(self) -> str | bytes: ...
    async def send(self, data: str | bytes | bytearray | memoryview | array[Any], opcode: int | None = None) -> None: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...

async def websocket_upgrade(
    request: Request, subprotocols: Sequence[str] = (), origins: _Origins = None
) -> WebSocket: ...
@overload
def with_websocket(
    f: Callable[Concatenate[_R, WebSocket, _P], Any],
) -> Callable[Concatenate[_R, _P], Coroutine[Any, Any, Any]]: ...
@overload
def with_websocket(
    f: None = None, *, subprotocols: Sequence[str] = (), origins: _Origins = None
) -> Callable[
    [Callable[Concatenate[_R, WebSocket, _P], Any]], Callable[Concatenate[_R, _P], Coroutine[Any, Any, Any]]
]: ...
