# Start the app: at boot on a board, by `microdot run` elsewhere.

import sys

_FROZEN = ".frozen/app"


def main(name="main", folder=_FROZEN, host="0.0.0.0", port=80):
    """Import the app's main module `name` from `folder` and run its main(), else serve its `app` on `port`."""
    sys.path.insert(0, folder)
    module = __import__(name)
    entry = getattr(module, "main", None)
    if entry is None:
        module.app.run(host=host, port=port)
        return
    result = entry()
    if hasattr(result, "send"):
        import asyncio

        asyncio.run(result)
