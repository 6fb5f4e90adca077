"""Microdot as a WSGI application, for servers such as Gunicorn."""
from ..names import *  # noqa: F401,F403
from ..names import __version__  # noqa: F401
from .microdot_wsgi import *  # noqa: F401,F403
