"""Microdot as an ASGI application, for servers such as Uvicorn."""
from ..names import *  # noqa: F401,F403
from ..names import __version__  # noqa: F401
from .microdot_asgi import *  # noqa: F401,F403
from .websocket import WebSocket, websocket_upgrade, with_websocket  # noqa: F401
