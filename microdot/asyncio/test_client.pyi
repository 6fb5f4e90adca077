from collections.abc import Callable
from typing import Any, ClassVar

from ..app import Application
from ..test_client import TestResponse as TestResponse, _Body, _Cookies, _Headers

# The same as microdot.test_client.TestClient, which it is derived from, but for what its methods return.
class TestClient:
    __test__: ClassVar[bool]
    app: Application
    cookies: _Cookies
    scheme: str
    host: str
    def __init__(
        self, app: Application, cookies: _Cookies | None = None, scheme: str | None = None, host: str | None = None
    ) -> None: ...
    async def request(
        self,
        method: str,
        path: str,
        headers: _Headers = None,
        body: _Body = None,
        sock: Any = None,
        follow_redirects: bool = False,
    ) -> TestResponse: ...
    async def get(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def post(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def put(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def patch(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def delete(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def query(self, path: str, headers: _Headers = None, body: _Body = None, **kwargs: Any) -> TestResponse: ...
    async def websocket(self, path: str, client: Callable[[], Any], headers: _Headers = None) -> TestResponse: ...
