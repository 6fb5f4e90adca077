"""WebSocket routes for a real client; runs on CPython and MicroPython: sockets.py sync|asyncio PORT"""
import sys

flavour, port = sys.argv[1:3]
if flavour == 'asyncio':
    from microdot.asyncio import Microdot
    from microdot.asyncio.websocket import with_websocket
else:
    from microdot import Microdot
    from microdot.websocket import with_websocket

app = Microdot()

if flavour == 'asyncio':
    @app.route('/echo')
    @with_websocket(subprotocols=['chat'])
    async def echo(request, ws):
        while True:
            await ws.send(await ws.receive())

    @app.route('/push/<int:n>')
    @with_websocket
    async def push(request, ws, n):
        for i in range(n):
            await ws.send(str(i))
        await ws.close(3000, 'that was all')

    @app.route('/fail')
    @with_websocket
    async def fail(request, ws):
        raise ValueError('a test of an error in a handler')
else:
    @app.route('/echo')
    @with_websocket(subprotocols=['chat'])
    def echo(request, ws):
        while True:
            ws.send(ws.receive())

    @app.route('/push/<int:n>')
    @with_websocket
    def push(request, ws, n):
        for i in range(n):
            ws.send(str(i))
        ws.close(3000, 'that was all')

    @app.route('/fail')
    @with_websocket
    def fail(request, ws):
        raise ValueError('a test of an error in a handler')


@app.route('/plain')
def plain(request):
    return 'plain'


app.run(host='127.0.0.1', port=int(port))
