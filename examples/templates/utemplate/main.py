# What `microdot run examples/templates/utemplate` starts, here and on a board.
from hello import app  # noqa: F401
