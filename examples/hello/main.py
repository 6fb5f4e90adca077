# What `microdot run examples/hello` starts, here and on a board.
from hello import app  # noqa: F401
