from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from .app import Application
from .multidict import NoCaseDict

_Headers = Mapping[str, str] | None
_Body = str | bytes | dict[str, Any] | list[Any] | Iterable[bytes] | None
_Cookies = dict[str, str | tuple[str, str]]

def parse_events(body: bytes) -> list[dict[str, Any]]: ...

class TestResponse:
    __test__: ClassVar[bool]
    status_code: int | Any
    reason: str | None
    headers: NoCaseDict
    # None where there is no body, or where it is of another kind
    body: bytes | Any
    text: str | Any
    json: Any
    events: list[dict[str, Any]] | Any
    def __init__(self, res: Any = None, body: bytes = b"") -> None: ...

class MemoryTransport:
    data: bytes
    def __init__(self, data: bytes) -> None: ...
    def timer(self, ms: int) -> None: ...
    async def recv(self, n: int) -> bytes: ...
    async def send(self, data: bytes) -> None: ...
    def close(self) -> None: ...

class TestClient:
    __test__: ClassVar[bool]
    app: Application
    cookies: _Cookies
    scheme: str
    host: str
    def __init__(
        self, app: Application, cookies: _Cookies | None = None, scheme: str | None = None, host: str | None = None
    ) -> None: ...
    def request(
        self,
        method: str,
        path: str,
        headers: _Headers = None,
        body: _Body = None,
        sock: Any = None,
        follow_redirects: bool = False,
    ) -> TestResponse: ...
    def get(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def post(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def put(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def patch(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def delete(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def query(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    def websocket(self, path: str, client: Callable[[], Any], headers: _Headers = None) -> TestResponse: ...
