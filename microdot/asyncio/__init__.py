"""The asyncio flavour of the framework."""
import sys

from .microdot_asyncio import Microdot, Request, Response, abort, redirect, send_file  # noqa: F401


def __getattr__(name):
    # names that few applications ask for, and, on MicroPython, modules
    from .names import NAMES
    if name in NAMES:
        return NAMES[name]
    if name[:2] != '__':
        try:
            __import__(__name__ + '.' + name)
            return sys.modules[__name__ + '.' + name]
        except ImportError:
            pass
    raise AttributeError(name)
