"""Microdot: a small, extensible web framework for MicroPython and CPython."""
import sys

__version__ = '0.1.0'


def __getattr__(name):
    # The synchronous framework is loaded when it is asked for, so that an
    # asyncio application does not pay for it.
    if name[:2] == '__':
        raise AttributeError(name)
    if not name[0].isupper():
        # no class, so perhaps a module: MicroPython asks for those here too
        try:
            __import__(__name__ + '.' + name)
            return sys.modules[__name__ + '.' + name]
        except ImportError:
            pass
    __import__(__name__ + '.microdot')
    return getattr(sys.modules[__name__ + '.microdot'], name)
