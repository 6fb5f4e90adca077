"""Names that few applications ask for; loaded when one does."""
from . import __version__  # noqa: F401
from .body import BodyStream as AsyncBytesIO  # noqa: F401
from .compat import MICROPYTHON, needs_settling as iscoroutine, print_exception, settle  # noqa: F401
from .errors import HTTPException, mro  # noqa: F401
from .multidict import MultiDict, NoCaseDict  # noqa: F401
from .routing import URLPattern  # noqa: F401
from .sockets import MUTED_SOCKET_ERRORS, socket  # noqa: F401
from .urlcode import urldecode, urldecode_bytes, urldecode_str, urlencode  # noqa: F401

socket_timeout_error = OSError

if MICROPYTHON:
    concurrency_mode = 'sync'

    def create_thread(f, *args, **kwargs):
        """Run a function right here, since there are no threads."""
        f(*args, **kwargs)
else:
    from .threads import concurrency_mode, create_thread  # noqa: F401


async def invoke_handler(handler, *args, **kwargs):
    """Call a plain or coroutine function and return its result."""
    return await settle(handler(*args, **kwargs))
