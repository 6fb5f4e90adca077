"""Serves a WebSocket that says what it hears: bench_echo.py FLAVOUR PORT."""
import sys

if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot
    from microdot.asyncio.websocket import with_websocket
else:
    from microdot import Microdot
    from microdot.websocket import with_websocket

app = Microdot()
app.max_connections = 16  # as many as there are clients


@app.get('/')
async def index(request):
    return 'Hello, world!'


@app.get('/echo')
@with_websocket
async def echo(request, ws):
    while True:
        await ws.send(await ws.receive())


app.run(host='127.0.0.1', port=int(sys.argv[2]))
