# `from microdot import x` is what microdot.microdot has.
from .microdot import *

__version__: str
