"""The asyncio flavour of the framework."""
from ..routing import URLPattern
from .microdot_asyncio import *  # noqa: F401,F403
