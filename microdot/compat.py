"""What CPython and MicroPython spell differently, said once."""
import sys

MICROPYTHON = sys.implementation.name == 'micropython'

#: How much of a body is handled at once, and how much of a head is received at once, in bytes.
BODY_SIZE = 1024 if MICROPYTHON else 65536
HEAD_SIZE = 256 if MICROPYTHON else 16384

_NO_LOOP = 'cannot wait for an event loop here; use microdot.asyncio'


def drive(coro):
    """Run a coroutine that never suspends and return its value.

    The engine is written as coroutines over a transport. Over a blocking
    transport nothing in it ever waits, so one ``send(None)`` runs it from
    start to end: this is the whole synchronous framework.

    Where the coroutine suspends all the same, since it awaits something that
    only an event loop can wait for, ``RuntimeError`` is raised in that place.
    """
    core = MICROPYTHON and sys.modules.get('asyncio.core')
    if core:
        # What waits there puts the current task into a queue; without one, MicroPython crashes.
        task = core.cur_task
        core.cur_task = core.Task(coro)
    try:
        coro.send(None)
        coro.throw(RuntimeError(_NO_LOOP))
    except StopIteration as exc:
        return exc.value
    finally:
        if core:
            core.cur_task = task
    coro.close()
    raise RuntimeError(_NO_LOOP)


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
