# The device's end of `pytest --target`: runs one test at a time at the host's word.
#
# The host sends lines, each one answered before it sends the next, so that no line has to wait in a small receive buffer:
#
#   put BASE64          append to the pending file
#   save PATH           the pending bytes become a file in the RAM file system
#   load MODULE         import a module of tests, in place of the one before
#   run FUNCTION CASE   run one test; CASE counts the parameter sets, -1 for none
#   spin N              call an empty function N times, for the host to see how fast this machine is
#
# An answer is `\x1eMARK OUTCOME MS`, lines of text (a traceback, the reason of a skip), and `\x1eMARK end`. MARK is
# chosen by the host. Whatever else arrives is what the test printed.
import binascii
import gc
import sys
import time

try:
    import vfs
except ImportError:  # before 1.23 mounting was a function of `os`
    import os as vfs

from ramfs import RamFS

_ROOT = "/ram"
_FIRMWARE = (".frozen", "/firmware")  # the latter where nothing can be frozen, in WebAssembly
_LONGEST_REPR = 300


def serve(mark):
    # only frozen modules and what the host sends can be imported: never files that happen to lie about
    sys.path[:] = [path for path in sys.path if path in _FIRMWARE] + [_ROOT]
    vfs.mount(RamFS(), _ROOT)
    runner = _Runner()
    _answer(mark, "ready", 0)
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        command, _, rest = line.strip().partition(" ")
        if command:
            _attempt(mark, getattr(runner, command), rest)


class _Runner:
    def __init__(self):
        self._pending = bytearray()
        self._module = None

    def put(self, text):
        self._pending.extend(binascii.a2b_base64(text))

    def save(self, path):
        with open(_ROOT + "/" + path, "wb") as file:
            file.write(self._pending)
        self._pending = bytearray()

    def load(self, name):
        self._module = None
        sys.modules.pop(name, None)
        gc.collect()
        self._module = __import__(name)

    def run(self, rest):
        name, case = rest.split()
        test = getattr(self._module, name)
        return test.function(*test.cases[int(case)]) if int(case) >= 0 else test()

    def spin(self, count):
        def nothing():
            pass

        for _ in range(int(count)):
            nothing()


def _attempt(mark, command, rest):
    gc.collect()
    start = time.ticks_ms()
    try:
        result = command(rest)
        if hasattr(result, "send"):
            _run_async(result)
        outcome, error = "passed", None
    except BaseException as e:  # SystemExit and KeyboardInterrupt too: nothing that a test does ends the run
        outcome, error = "skipped" if type(e).__name__ == "Skip" else "failed", e
    _answer(mark, outcome, time.ticks_diff(time.ticks_ms(), start), error)


def _answer(mark, outcome, ms, error=None):
    print("\x1e%s %s %d" % (mark, outcome, ms))
    if outcome == "skipped":
        print(error)
    elif error is not None:
        sys.print_exception(error)
    print("\x1e%s end" % mark)


def _run_async(coro):
    try:
        from asyncio import core
    except ImportError:
        raise Skip("this target has no asyncio")
    core.new_event_loop()  # a failed test may have left tasks behind
    try:
        # as asyncio.run(), but for the stack, which is short on a microcontroller
        core.run_until_complete(core.create_task(coro))
    except KeyboardInterrupt as e:
        coro.throw(e)  # for the traceback to show what the test was waiting for


class Skip(Exception):
    pass


# What the host puts in place of `assert LEFT OP RIGHT`, to have the two values in the message.
def compare(left, op, right):
    if not _OPERATORS[op](left, right):
        raise AssertionError("%s %s %s" % (_show(left), op, _show(right)))


_OPERATORS = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
    "is": lambda a, b: a is b,
    "is not": lambda a, b: a is not b,
}


def _show(value):
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST_REPR:
        return "%r... (%d in all)" % (value[:_LONGEST_REPR], len(value))
    return repr(value)
