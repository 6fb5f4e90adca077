from collections.abc import Callable
from typing import Any

from .. import __version__ as __version__
from ..errors import HTTPException as HTTPException, mro as mro
from ..multidict import MultiDict as MultiDict, NoCaseDict as NoCaseDict
from ..routing import URLPattern as URLPattern
from ..urlcode import (
    urldecode as urldecode,
    urldecode_bytes as urldecode_bytes,
    urldecode_str as urldecode_str,
    urlencode as urlencode,
)
from .microdot_asyncio import (
    Microdot as Microdot,
    Request as Request,
    Response as Response,
    abort as abort,
    redirect as redirect,
    send_file as send_file,
)

MUTED_SOCKET_ERRORS: list[int]

class AsyncBytesIO:
    def __init__(self, data: bytes = b"", source: Any = None) -> None: ...
    async def read(self, n: int = -1) -> bytes: ...
    async def readexactly(self, n: int) -> bytes: ...
    async def readline(self, n: int = -1) -> bytes: ...
    async def readuntil(self, separator: bytes = b"\n") -> bytes: ...
    async def readinto(self, buffer: bytearray | memoryview) -> int: ...

def iscoroutine(object: object) -> bool: ...
async def invoke_handler(handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
