"""The asyncio flavour of the framework."""
from .. import _load


def __getattr__(name):
    return _load(__name__, '.microdot_asyncio', name)
