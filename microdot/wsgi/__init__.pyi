from .microdot_wsgi import *
