"""Names of the asyncio flavour that few applications ask for; loaded when one does."""
from .. import __version__
from ..app import mro
from ..body import BodyStream as AsyncBytesIO
from ..compat import needs_settling as iscoroutine, settle
from ..multidict import MultiDict, NoCaseDict
from ..response import HTTPException
from ..routing import URLPattern
from ..sockets import MUTED_SOCKET_ERRORS
from ..urlcode import urldecode, urldecode_bytes, urldecode_str, urlencode


async def invoke_handler(handler, *args, **kwargs):
    """Call a plain or coroutine function and return its result."""
    return await settle(handler(*args, **kwargs))


NAMES = {
    'AsyncBytesIO': AsyncBytesIO,
    'HTTPException': HTTPException,
    'MUTED_SOCKET_ERRORS': MUTED_SOCKET_ERRORS,
    'MultiDict': MultiDict,
    'NoCaseDict': NoCaseDict,
    'URLPattern': URLPattern,
    '__version__': __version__,
    'invoke_handler': invoke_handler,
    'iscoroutine': iscoroutine,
    'mro': mro,
    'urldecode': urldecode,
    'urldecode_bytes': urldecode_bytes,
    'urldecode_str': urldecode_str,
    'urlencode': urlencode,
}
