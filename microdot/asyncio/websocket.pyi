from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from ..request import Request
from ..websocket import (
    WebSocket as _WebSocket,
    WebSocketError as WebSocketError,
    websocket_wrapper as websocket_wrapper,
)

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Request)
_Origins = Sequence[str] | Callable[[str], bool] | None

class WebSocket(_WebSocket):
    async def receive(self) -> str | bytes: ...  # type: ignore[override]
    async def send(  # type: ignore[override]
        self, data: str | bytes | bytearray | memoryview, opcode: int | None = None
    ) -> None: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...  # type: ignore[override]

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
