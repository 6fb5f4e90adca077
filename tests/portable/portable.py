"""What portable tests need besides `assert`: the same names on CPython and on MicroPython.

    from portable import parametrize, raises, skip

Tests are plain `def test_*()` and `async def test_*()`; pytest's fixtures and marks do not exist on a device.
"""

import sys

MICROPYTHON = sys.implementation.name == "micropython"


class parametrize:
    """Decorator: run the test once for each of `cases`, each reported as an item of its own.

    :param names: the test's parameters, as in `"path, value"`.
    :param cases: one tuple for each run, or bare values where there is one parameter.
    :param ids: what to call the cases in reports; made from the values where it is None.
    """

    def __init__(self, names, cases, ids=None):
        self.names = [name.strip() for name in names.split(",")]
        self.cases = [case if len(self.names) > 1 else (case,) for case in cases]
        self.ids = ids
        self.function = None

    def __call__(self, *args):
        if self.function is None:
            self.function = args[0]
            return self
        return self.function(*args)


class raises:
    """Context manager: the block raises a `kind` whose text contains `text`; the exception is `.value` afterwards."""

    def __init__(self, kind, text=""):
        self.kind = kind
        self.text = text
        self.value = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, _):
        if kind is None:
            raise AssertionError("did not raise %s" % self.kind.__name__)
        self.value = value
        if isinstance(value, self.kind) and self.text not in str(value):
            raise AssertionError("%r is not in %r" % (self.text, str(value)))
        return isinstance(value, self.kind)


class Skip(Exception):
    """Raised by `skip`; runners know it by its name."""


def skip(reason):
    """End the test here, as skipped for `reason`."""
    raise Skip(reason)


def folder():
    """The path of a folder to write files in: empty on CPython, the RAM file system of the test runner on MicroPython."""
    if MICROPYTHON:
        return "/ram"
    import atexit
    import shutil
    import tempfile

    path = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def write_file(path, data):
    """Make a file of bytes under `folder()` and return its path."""
    path = folder() + "/" + path
    with open(path, "wb") as file:
        file.write(data)
    return path
