"""A WebSocket that sends back what it gets, in the asyncio server, which holds many of them open at once."""
from microdot.asyncio import Microdot
from microdot.asyncio.websocket import with_websocket
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


if __name__ == '__main__':
    app.run(debug=True)
