import ssl as _ssl
from collections.abc import Callable
from typing import Any

from .app import Application
from .errors import HTTPException as HTTPException, mro as mro
from .multidict import MultiDict as MultiDict, NoCaseDict as NoCaseDict
from .request import Request as _Request
from .response import (
    Response as Response,
    abort as abort,
    redirect as redirect,
    send_file as send_file,
)
from .routing import URLPattern as URLPattern
from .urlcode import (
    urldecode as urldecode,
    urldecode_bytes as urldecode_bytes,
    urldecode_str as urldecode_str,
    urlencode as urlencode,
)

MUTED_SOCKET_ERRORS: list[int]
concurrency_mode: str
socket_timeout_error: type[OSError]

def create_thread(f: Callable[..., object], *args: Any, **kwargs: Any) -> None: ...
def print_exception(exc: BaseException) -> None: ...

class Request(_Request):
    @classmethod
    def create(cls, app: Any, client_stream: Any, client_addr: Any, client_sock: Any = None) -> Request | None: ...

class Microdot(Application):
    shutdown_requested: bool
    def __init__(self) -> None: ...
    def dispatch_request(self, req: _Request | None) -> Response: ...
    def run(
        self, host: str = "0.0.0.0", port: int = 5000, debug: bool = False, ssl: _ssl.SSLContext | None = None
    ) -> None: ...
    def shutdown(self) -> None: ...
    def handle_request(self, sock: Any, addr: Any) -> None: ...
