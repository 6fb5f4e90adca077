"""Microdot as an ASGI application, for servers such as Uvicorn."""
from ..routing import URLPattern  # noqa: F401
from .microdot_asgi import *  # noqa: F401,F403
