"""Names that few applications ask for; loaded when one does."""
from . import __version__  # noqa: F401
from .body import BodyStream as AsyncBytesIO  # noqa: F401
from .compat import MICROPYTHON, needs_settling as iscoroutine, print_exception, settle  # noqa: F401
from .errors import HTTPException, mro  # noqa: F401
from .multidict import MultiDict, NoCaseDict  # noqa: F401
from .routing import URLPattern  # noqa: F401
from .sockets import MUTED_SOCKET_ERRORS, socket  # noqa: F401
from .urlcode import urldecode, urldecode_bytes, urldecode_str, urlencode  # noqa: F401

concurrency_mode = 'sync' if MICROPYTHON else 'threaded'
socket_timeout_error = OSError


def create_thread(f, *args, **kwargs):
    """Run a function in a thread of its own, or right here where there are no threads."""
    if MICROPYTHON:
        f(*args, **kwargs)
    else:
        import threading
        threading.Thread(target=f, args=args, kwargs=kwargs, daemon=True).start()


async def invoke_handler(handler, *args, **kwargs):
    """Call a plain or coroutine function and return its result."""
    return await settle(handler(*args, **kwargs))
