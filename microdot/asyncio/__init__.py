"""The asyncio flavour of the framework."""
import sys

from .microdot_asyncio import Microdot, Request, Response, abort, redirect, send_file  # noqa: F401


def __getattr__(name):
    # names that few applications ask for, and, on MicroPython, modules
    if name[:2] != '__' and name == name.lower():
        try:
            __import__(__name__ + '.' + name)
            return sys.modules[__name__ + '.' + name]
        except ImportError:
            pass
    from .. import names
    return getattr(names, name)
