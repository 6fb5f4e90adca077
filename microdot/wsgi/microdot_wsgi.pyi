from collections.abc import Iterable
from typing import Any

from ..microdot import (
    MUTED_SOCKET_ERRORS as MUTED_SOCKET_ERRORS,
    HTTPException as HTTPException,
    Microdot as _Microdot,
    MultiDict as MultiDict,
    NoCaseDict as NoCaseDict,
    Request as _Request,
    Response as Response,
    URLPattern as URLPattern,
    abort as abort,
    concurrency_mode as concurrency_mode,
    create_thread as create_thread,
    mro as mro,
    print_exception as print_exception,
    redirect as redirect,
    send_file as send_file,
    socket_timeout_error as socket_timeout_error,
    urldecode as urldecode,
    urldecode_bytes as urldecode_bytes,
    urldecode_str as urldecode_str,
    urlencode as urlencode,
)

class Request(_Request):
    environ: dict[str, Any] | Any  # None under the framework's own server

class Microdot(_Microdot):
    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]: ...
    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]: ...
    def run(  # type: ignore[override]
        self, host: str = "0.0.0.0", port: int = 5000, debug: bool = False, **options: Any
    ) -> None: ...
