from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any, ClassVar, NoReturn
from typing_extensions import Self

from .multidict import NoCaseDict

def abort(status_code: int, reason: str | None = None) -> NoReturn: ...

class Response:
    types_map: ClassVar[dict[str, str]]
    send_file_buffer_size: ClassVar[int]
    default_content_type: ClassVar[str]
    default_send_file_max_age: ClassVar[int | None]
    already_handled: ClassVar[Response]

    status_code: int
    reason: str | None
    # str, bytes, dict, list, a file, a generator, an (asynchronous) iterator, or None
    body: Any
    is_head: bool
    file_size: int | None
    headers_or_none: NoCaseDict | None

    def __init__(
        self,
        body: Any = "",
        status_code: int = 200,
        headers: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> None: ...
    @property
    def headers(self) -> NoCaseDict: ...
    @headers.setter
    def headers(self, headers: Mapping[str, Any] | None) -> None: ...
    @classmethod
    def convert(cls, value: Any) -> Response: ...
    def set_cookie(
        self,
        cookie: str,
        value: object,
        path: str | None = None,
        domain: str | None = None,
        expires: datetime | str | None = None,
        max_age: int | None = None,
        secure: bool = False,
        http_only: bool = False,
        partitioned: bool = False,
        same_site: str | None = None,
    ) -> None: ...
    def delete_cookie(self, cookie: str, **kwargs: Any) -> None: ...
    def complete(self) -> None: ...
    def length(self) -> int | None: ...
    def default_type(self) -> str: ...
    def encode(self, version: str, length: int | None, tail: bytes = b"") -> bytes: ...
    def body_iter(self) -> Any: ...
    # a coroutine where the stream has `awrite`
    def write(self, stream: Any) -> Any: ...
    @classmethod
    def redirect(cls, location: str, status_code: int = 302) -> Self: ...
    @classmethod
    def send_file(
        cls,
        filename: str,
        status_code: int = 200,
        content_type: str | None = None,
        stream: IO[bytes] | Any | None = None,
        max_age: int | None = None,
        compressed: bool | str = False,
        file_extension: str = "",
    ) -> Self: ...

def redirect(location: str, status_code: int = 302) -> Response: ...
def send_file(
    filename: str,
    status_code: int = 200,
    content_type: str | None = None,
    stream: IO[bytes] | Any | None = None,
    max_age: int | None = None,
    compressed: bool | str = False,
    file_extension: str = "",
) -> Response: ...
