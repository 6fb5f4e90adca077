"""A call that is repeated in a task of its own."""
from asyncio import create_task, current_task, sleep

from ..wire import Disconnected


def repeat(ms, f):
    """Call a coroutine function again and again until the task that is returned is cancelled.

    It ends when the client is gone, and then the task that called this is cancelled.

    :param ms: time between the calls, in milliseconds.
    :param f: the coroutine function.
    """
    return create_task(_repeat(ms / 1000, f, current_task()))


async def _repeat(seconds, f, task):
    try:
        while True:
            await sleep(seconds)
            await f()
    except Disconnected:
        task.cancel()
