from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from .request import Request
from .response import Response

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Request)

def encode_event(
    data: Any, event: str | None = None, event_id: object = None, retry: float | None = None, comment: bool = False
) -> str: ...

class SSE:
    heartbeat_ms: int
    last_event_id: str | None
    def __init__(
        self, request: Request, f: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] = ...
    ) -> None: ...
    # a coroutine in an asyncio application, a plain function in a synchronous one
    def send(
        self,
        data: Any,
        event: str | None = None,
        event_id: object = None,
        retry: float | None = None,
        comment: bool = False,
    ) -> Any: ...
    async def heartbeat(self) -> None: ...
    async def write_to(self, send: Callable[[bytes], Coroutine[Any, Any, None]]) -> None: ...

def sse_response(request: Request, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Response: ...
def with_sse(
    f: Callable[Concatenate[_R, SSE, _P], Any],
) -> Callable[Concatenate[_R, _P], Coroutine[Any, Any, Response]]: ...
