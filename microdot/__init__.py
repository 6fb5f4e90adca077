"""Microdot: a small, extensible web framework for MicroPython and CPython."""
import sys

__version__ = '0.1.0'


def __getattr__(name):
    # The synchronous framework is loaded when it is asked for, so that an
    # asyncio application does not pay for it.
    if name[:2] == '__' or name == 'microdot':
        raise AttributeError(name)
    __import__(__name__ + '.microdot')
    return getattr(sys.modules[__name__ + '.microdot'], name)
