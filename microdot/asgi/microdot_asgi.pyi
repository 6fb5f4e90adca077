from collections.abc import Awaitable, Callable
from typing import Any

from ..asyncio.microdot_asyncio import (
    Microdot as _Microdot,
    Request as _Request,
    Response as Response,
    abort as abort,
    redirect as redirect,
    send_file as send_file,
)

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]
_Lifespan = Callable[[_Scope], Awaitable[object]] | None

class Request(_Request):
    asgi_scope: dict[str, Any] | Any  # None under the framework's own server

class Microdot(_Microdot):
    def __init__(self, lifespan_startup: _Lifespan = None, lifespan_shutdown: _Lifespan = None) -> None: ...
    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...
    async def asgi_app(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...
    def run(  # type: ignore[override]
        self, host: str = "0.0.0.0", port: int = 5000, debug: bool = False, **options: Any
    ) -> None: ...
