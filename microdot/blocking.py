"""What the extensions need of an event loop, done with threads where there are any."""
from .compat import drive
from .wire import Disconnected

try:
    import threading
except ImportError:
    threading = None


class Lock:
    """A lock for ``async with`` that blocks."""
    def __init__(self):
        self._lock = threading and threading.Lock()

    async def __aenter__(self):
        if threading:
            self._lock.acquire()

    async def __aexit__(self, *args):
        if threading:
            self._lock.release()


class Repeater:
    """Calls a coroutine function again and again, until it is cancelled or the client is gone.

    :param ms: time between the calls, in milliseconds.
    :param f: the coroutine function.
    """
    def __init__(self, ms, f):
        if threading:
            self._cancelled = threading.Event()
            threading.Thread(target=self._run, args=(ms / 1000, f), daemon=True).start()

    def _run(self, seconds, f):
        try:
            while not self._cancelled.wait(seconds):
                drive(f())
        except Disconnected:
            pass  # who sends next will know

    def cancel(self):
        """Stop to call the function."""
        if threading:
            self._cancelled.set()
