# What `microdot run examples/tls` starts, here and on a board: https://localhost:4443/
from hello_async_tls import main  # noqa: F401
