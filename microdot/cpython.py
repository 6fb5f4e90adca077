"""What MicroPython has built in, for CPython; see :mod:`microdot.compat`."""
import inspect
import select
from socket import SHUT_WR
from time import monotonic
from traceback import print_exception as _print_exception

needs_settling = inspect.isawaitable


def ticks_ms():
    """Return a time in milliseconds that only runs forward."""
    return int(monotonic() * 1000)


def ticks_add(ticks, ms):
    """Return the time *ms* milliseconds after *ticks*."""
    return ticks + ms


def ticks_diff(a, b):
    """Return the milliseconds from *b* to *a*."""
    return a - b


def const(value):
    """Mark a compile-time constant (folded by mpy-cross)."""
    return value


def print_exception(exc):
    """Print an exception with its traceback on standard error."""
    _print_exception(type(exc), exc, exc.__traceback__)


async def settle(value):
    """Await *value* if it can be awaited, else return it as it is."""
    if inspect.isawaitable(value):
        return await value
    return value


def iscoroutinefunction(f):
    """Tell whether calling *f* gives a coroutine."""
    code = getattr(f, '__code__', None)
    if code is not None and code.co_flags & inspect.CO_COROUTINE:
        return True  # most of them; the rest takes longer to tell
    return (inspect.iscoroutinefunction(f)
            or inspect.iscoroutinefunction(getattr(f, '__call__', None)))


def read(transport, n):
    """Receive up to *n* bytes over a transport's socket; ``None`` if there is nothing yet."""
    try:
        return transport.sock.recv(n)
    except BlockingIOError:
        return None


def write(transport, data):
    """Send over a transport's socket; returns how many bytes of *data* it took."""
    try:
        return transport.sock.send(data)
    except BlockingIOError:
        return 0


def end(transport):
    """Tell the peer of a transport, if it can be told, that nothing more will be sent; what it sends can still be received.

    :param transport: one over a socket or over asyncio streams.
    """
    writer = getattr(transport, 'writer', None)
    can = getattr(writer, 'can_write_eof', None)
    if can and can():
        writer.write_eof()
    if writer is None:
        try:
            transport.sock.shutdown(SHUT_WR)
        except OSError:
            pass  # the peer was faster


class _ForTLS:
    # The attribute of a transport class that is the class for TLS sockets, which is made when it is asked for.
    def __get__(self, transport, cls):
        from .tls import with_tls
        return with_tls(cls)


tls = _ForTLS()


def inflate(data):
    """A stream with what *data*, a gzip file, stands for."""
    from gzip import GzipFile
    from io import BytesIO
    return GzipFile(fileobj=BytesIO(data))


def wait_for(sock, event, timeout_ms, *others):
    """Wait until a socket, or one of others, is ready.

    :param sock: the socket.
    :param event: ``POLLIN`` or ``POLLOUT``.
    :param timeout_ms: how long to wait, in milliseconds; -1 is for ever.
    :return: whether one is ready.
    """
    socks = (sock, *others)
    if hasattr(select, 'poll'):
        poller = select.poll()
        for sock in socks:
            poller.register(sock, event)
        return bool(poller.poll(timeout_ms))
    # Windows
    waiting = [(), ()]
    waiting[0 if event == 1 else 1] = socks  # POLLIN
    return any(select.select(*waiting, (), None if timeout_ms < 0 else timeout_ms / 1000))
