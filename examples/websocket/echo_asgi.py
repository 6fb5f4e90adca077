"""The same behind an ASGI server, which speaks the protocol itself: `uvicorn echo_asgi:app`."""
from microdot.asgi import Microdot
from microdot.asgi.websocket import with_websocket
from page import PAGE

app = Microdot()


@app.get('/')
async def index(request):
    return PAGE, {'Content-Type': 'text/html'}


@app.get('/echo')
@with_websocket
async def echo(request, ws):
    while True:
        await ws.send(await ws.receive())
