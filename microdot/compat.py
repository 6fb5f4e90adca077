"""What CPython and MicroPython spell differently, said once."""
import sys

MICROPYTHON = sys.implementation.name == 'micropython'

#: How much of a body is handled at once, and how much of a head is received at once, in bytes.
BODY_SIZE = 1024 if MICROPYTHON else 65536
HEAD_SIZE = 256 if MICROPYTHON else 16384


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
    raise RuntimeError('cannot wait for an event loop here; use microdot.asyncio')


if MICROPYTHON:
    from time import ticks_add, ticks_diff, ticks_ms  # noqa: F401

    from micropython import const  # noqa: F401
    print_exception = sys.print_exception
    _Generator = type((lambda: (yield))())

    def needs_settling(value):
        return isinstance(value, _Generator)

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
                from .chunks import Resumed
                return Resumed(item, value)
            try:
                yield
            except BaseException as exc:
                step = value.throw
                arg = exc
            else:
                step = value.send
                arg = None
else:
    from .cpython import *  # noqa: F403
