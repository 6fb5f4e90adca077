# Serve the app to the computer at the other end of the console. Run by firmware/tunnel, which has the protocol.
import asyncio
import sys

import launcher
import micropython

from microdot.connection import Connection

_HEX = 4  # digits of a length
_LARGEST = 0xFFFF


class Console:
    # The transport of one HTTP connection: see microdot.wire.
    def __init__(self):
        self._reader = asyncio.StreamReader(sys.stdin.buffer)

    async def recv(self, n):
        _tell("R", n)
        length = await self._reader.readexactly(_HEX)
        return await self._reader.readexactly(int(length, 16)) if int(length, 16) else b""

    async def send(self, data):
        view = memoryview(data)
        for start in range(0, len(data), _LARGEST):  # a file in flash comes as one piece of any size
            piece = view[start : start + _LARGEST]
            _tell("W", len(piece))
            sys.stdout.buffer.write(piece)

    def close(self):
        _tell("C", 0)

    def timer(self, ms):
        pass  # the computer's end knows when a client has gone


def _tell(kind, number):
    sys.stdout.buffer.write("\x1e%s%04x" % (kind, number))


async def _serve(app):
    while True:
        await Connection(app, Console(), ("console", 0), persistent=False).serve()


micropython.kbd_intr(-1)  # a request may hold the byte of Ctrl-C
_module = launcher.load(launcher.find())
if not hasattr(_module, "app"):
    raise RuntimeError("the app has no `app` to serve, it starts everything in main()")
asyncio.run(_serve(_module.app))
