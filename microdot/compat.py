"""What CPython and MicroPython spell differently, said once."""
import sys

MICROPYTHON = sys.implementation.name == 'micropython'

if MICROPYTHON:
    from time import ticks_add, ticks_diff, ticks_ms

    from micropython import const
    print_exception = sys.print_exception
else:
    import inspect
    from time import monotonic
    from traceback import print_exception as _print_exception

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


def drive(coro):
    """Run a coroutine that never suspends and return its value.

    The engine is written as coroutines over a transport. Over a blocking
    transport nothing in it ever waits, so one ``send(None)`` runs it from
    start to end: this is the whole synchronous framework.

    Raises ``RuntimeError`` when the coroutine suspends, which means that it
    awaited something that only an event loop can wait for.
    """
    try:
        coro.send(None)
    except StopIteration as exc:
        return exc.value
    coro.close()
    raise RuntimeError('the synchronous framework cannot wait for an event '
                       'loop; use microdot.asyncio')


class _Resumed:
    # A generator whose first item was already taken.
    def __init__(self, first, rest):
        self._first = first
        self._rest = rest

    def __iter__(self):
        return self

    def __next__(self):
        if self._first is not None:
            item, self._first = self._first, None
            return item
        return next(self._rest)

    def close(self):
        self._rest.close()


if MICROPYTHON:
    def _generator():
        yield
    _Generator = type(_generator())

    # MicroPython cannot tell the coroutine of an `async def` from the generator
    # of a plain `def` with `yield`: both are generators. What they do tells: a
    # coroutine that waits yields None (extmod/asyncio), a body generator yields
    # its first chunk.
    def settle(value):
        if not isinstance(value, _Generator):
            return value
        step = value.send
        arg = None
        while True:
            try:
                item = step(arg)
            except StopIteration as exc:
                return exc.value
            if item is not None:
                return _Resumed(item, value)
            try:
                yield
            except BaseException as exc:
                step = value.throw
                arg = exc
            else:
                step = value.send
                arg = None

    def needs_settling(value):
        return isinstance(value, _Generator)

    def iscoroutinefunction(f):
        return isinstance(f, _Generator)
else:
    async def settle(value):
        """Await *value* if it can be awaited, else return it as it is."""
        if inspect.isawaitable(value):
            return await value
        return value

    needs_settling = inspect.isawaitable

    def iscoroutinefunction(f):
        """Tell whether calling *f* gives a coroutine."""
        code = getattr(f, '__code__', None)
        if code is not None and code.co_flags & inspect.CO_COROUTINE:
            return True  # most of them; the rest takes longer to tell
        return (inspect.iscoroutinefunction(f)
                or inspect.iscoroutinefunction(getattr(f, '__call__', None)))
