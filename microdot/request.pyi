from collections.abc import Callable
from typing import Any, TypeVar

from .app import Application
from .multidict import MultiDict, NoCaseDict

_F = TypeVar("_F", bound=Callable[..., Any])

class Request:
    max_content_length: int
    max_body_length: int
    max_readline: int
    max_head_length: int
    G: type[Any]  # what `g` is made of

    app: Any
    client_addr: tuple[str, int]
    method: str
    url: str
    path: str
    query_string: str | None
    http_version: str
    scheme: str
    sock: Any
    g: Any
    route: Callable[..., Any] | None
    url_args: dict[str, Any]
    url_prefix: str
    subapp: Application | None
    after_request_handlers: list[Callable[..., Any]]

    headers: NoCaseDict
    args: MultiDict
    cookies: dict[str, str]
    content_type: str | None
    content_length: int
    body: bytes
    # None where the body is of another type, which its handler does not expect
    form: MultiDict | Any
    json: Any
    files: dict[str, Any] | Any

    def __init__(
        self,
        app: Any,
        client_addr: tuple[str, int],
        method: str,
        url: str,
        http_version: str,
        headers: NoCaseDict,
        body: bytes | None = None,
        stream: Any = None,
        sock: Any = None,
        url_prefix: str = "",
        subapp: Application | None = None,
        scheme: str | None = None,
        route: Callable[..., Any] | None = None,
    ) -> None: ...
    # its methods are coroutines in the asyncio flavour, plain ones in the synchronous one
    stream: Any
    async def read(self, n: int = -1) -> bytes: ...
    def after_request(self, f: _F) -> _F: ...
