"""WebSocket routes for a real client; runs on CPython and MicroPython: sockets.py sync|asyncio|alt PORT"""

import sys

flavour, port = sys.argv[1:3]
if flavour == 'asyncio':
    from microdot.asyncio import Microdot
    from microdot.asyncio.websocket import WebSocket, with_websocket
else:
    from microdot import Microdot

    if flavour == 'alt':
        from microdot.websocket_alt import WebSocket, with_websocket
    else:
        from microdot.websocket import WebSocket, with_websocket

app = Microdot()
WebSocket.ping_interval_ms = WebSocket.close_timeout_ms = 300


@app.before_request
def allow_more(request):
    if request.path == '/large':
        request.max_body_length = 1 << 20


if flavour == 'asyncio':
    import asyncio

    @app.route('/impatient')
    @with_websocket
    async def impatient(request, ws):
        while True:
            try:
                await ws.send(await asyncio.wait_for(ws.receive(), 0.1))
            except asyncio.TimeoutError:
                await ws.send('well?')

    @app.route('/absent')
    @with_websocket
    async def absent(request, ws):
        try:
            await ws.send('see you')
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            print('absent cancelled', ws.closed)
            raise

    @app.route('/large')
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

    @app.route('/large')
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
