from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from .request import Request
from .websocket_core import WebSocketConnection, WebSocketError as WebSocketError

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Request)
_Origins = Sequence[str] | Callable[[str], bool] | None

class WebSocket(WebSocketConnection):
    def receive(self) -> str | bytes: ...
    def send(self, data: str | bytes | bytearray | memoryview, opcode: int | None = None) -> None: ...
    def close(self, code: int = 1000, reason: str = "") -> None: ...

def websocket_upgrade(request: Request, subprotocols: Sequence[str] = (), origins: _Origins = None) -> WebSocket: ...
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
