"""Microdot as a WSGI application, for servers such as Gunicorn."""
from ..routing import URLPattern  # noqa: F401
from .microdot_wsgi import *  # noqa: F401,F403
