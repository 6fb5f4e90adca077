"""Microdot as a WSGI application, for servers such as Gunicorn."""
from .microdot_wsgi import *  # noqa: F401,F403
