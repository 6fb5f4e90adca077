"""An app that tells how much heap is left while it answers."""

import gc

from microdot.asyncio import Microdot

app = Microdot()
least = None


@app.before_request
async def measure(request):
    global least
    gc.collect()
    least = min(least or gc.mem_free(), gc.mem_free())


@app.get("/")
async def hello(request):
    return "hello from the emulated board"


@app.get("/heap")
async def heap(request):
    return {"least": least, "free": gc.mem_free()}


@app.get("/bytes/<int:size>")
async def send_bytes(request, size):
    return counted(size), 200, {"Content-Length": str(size), "Content-Type": "application/octet-stream"}


def counted(size):
    """`size` bytes in pieces of 1,024: 0, 1, 2 ... 255, 0 ..."""
    piece = bytes(range(256)) * 4
    for start in range(0, size, len(piece)):
        yield piece[: size - start]


@app.post("/length")
async def length(request):
    count = 0
    while data := await request.stream.read(512):
        count += len(data)
    return str(count)
