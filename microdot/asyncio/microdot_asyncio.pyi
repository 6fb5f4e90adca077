import ssl as _ssl
from typing import Any

from ..app import Application
from ..request import Request as _Request
from ..response import (
    Response as Response,
    abort as abort,
    redirect as redirect,
    send_file as send_file,
)

class Request(_Request):
    @classmethod
    async def create(
        cls, app: Any, client_reader: Any, client_writer: Any, client_addr: Any, scheme: str | None = None
    ) -> Request | None: ...

class Microdot(Application):
    def __init__(self) -> None: ...
    async def dispatch_request(self, req: _Request | None) -> Response: ...
    def run(
        self, host: str = "0.0.0.0", port: int = 5000, debug: bool = False, ssl: _ssl.SSLContext | None = None
    ) -> None: ...
    async def start_server(
        self,
        host: str = "0.0.0.0",
        port: int = 5000,
        debug: bool = False,
        ssl: _ssl.SSLContext | None = None,
        start_serving: bool = True,
    ) -> Any: ...
    def shutdown(self) -> None: ...
    async def handle_request(self, reader: Any, writer: Any) -> None: ...
