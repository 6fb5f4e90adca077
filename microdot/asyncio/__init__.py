"""The asyncio flavour of the framework."""
from .. import __version__, _load  # noqa: F401


def __getattr__(name):
    return _load(__name__, '.microdot_asyncio', name)
