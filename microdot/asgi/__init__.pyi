from ..asyncio import (
    MUTED_SOCKET_ERRORS as MUTED_SOCKET_ERRORS,
    AsyncBytesIO as AsyncBytesIO,
    HTTPException as HTTPException,
    MultiDict as MultiDict,
    NoCaseDict as NoCaseDict,
    Response as Response,
    URLPattern as URLPattern,
    __version__ as __version__,
    abort as abort,
    invoke_handler as invoke_handler,
    iscoroutine as iscoroutine,
    mro as mro,
    redirect as redirect,
    send_file as send_file,
    urldecode as urldecode,
    urldecode_bytes as urldecode_bytes,
    urldecode_str as urldecode_str,
    urlencode as urlencode,
)
from .microdot_asgi import Microdot as Microdot, Request as Request
from .websocket import (
    WebSocket as WebSocket,
    websocket_upgrade as websocket_upgrade,
    with_websocket as with_websocket,
)
