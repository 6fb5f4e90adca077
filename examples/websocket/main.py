# What `microdot run examples/websocket` starts, here and on a board.
from echo_async import app  # noqa: F401
