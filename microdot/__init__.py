"""Microdot: a small, extensible web framework for MicroPython and CPython."""
import sys

__version__ = '0.1.0'


def _load(package, module, name):
    # An attribute of a package: a name of its main module, which is loaded only
    # then, so that an application of one flavour does not pay for the other.
    if name[:2] == '__':
        raise AttributeError(name)
    if not name[0].isupper():
        # no class, so perhaps a module: MicroPython asks for those here too
        try:
            __import__(package + '.' + name)
            return sys.modules[package + '.' + name]
        except ImportError:
            pass
    __import__(package + module)
    return getattr(sys.modules[package + module], name)


def __getattr__(name):
    return _load(__name__, '.microdot', name)
