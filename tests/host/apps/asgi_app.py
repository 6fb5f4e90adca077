"""The application of the ASGI server tests; what happens to it is printed."""

import asyncio
import threading
from array import array
from contextlib import suppress

from gateway_routes import add_routes

from microdot.asgi import Microdot
from microdot.asgi.websocket import WebSocket, WebSocketError, with_websocket
from microdot.sse import with_sse


async def start(scope):
    print('started', scope['type'])


async def stop(scope):
    print('stopped', scope['type'])


app = Microdot(lifespan_startup=start, lifespan_shutdown=stop)
add_routes(app)
WebSocket.absence_ms = 300


@app.get('/thread')
def thread(request):
    return 'thread' if threading.current_thread() is not threading.main_thread() else 'main'


@app.get('/scope')
async def scope(request):
    return request.asgi_scope['type']


@app.get('/generator')
async def generator(request):
    async def generate():
        for i in range(5):
            yield f'chunk {i}, '

    return generate()


@app.get('/forever')
async def forever(request):
    async def generate():
        try:
            while True:
                yield b'x' * 1000
                await asyncio.sleep(0.01)
        finally:
            print('generator closed')

    return generate()


@app.get('/events')
@with_sse
async def events(request, sse):
    for i in range(3):
        await sse.send({'i': i}, event='count')


@app.get('/endless-events')
@with_sse
async def endless_events(request, sse):
    try:
        await sse.send('first')
        await asyncio.sleep(60)
    finally:
        print('events ended')


@app.get('/websocket')
@with_websocket(subprotocols=['chat'], origins=['http://good.example'])
async def websocket(request, ws):
    try:
        while True:
            await ws.send(await ws.receive())
    except WebSocketError as exc:
        print('websocket closed', exc.code, exc.reason, exc.args[0])
        raise


@app.get('/websocket/close')
@with_websocket
async def websocket_close(request, ws):
    await ws.send(array('H', [0x6262, 0x7979]))
    for code, reason in ((1006, ''), (1000, 'x' * 124)):
        with suppress(ValueError):
            await ws.close(code, reason)
    await ws.close(3001, 'that was all')


@app.get('/websocket/push')
@with_websocket
async def websocket_push(request, ws):
    try:
        while True:
            await ws.send('x')
            await asyncio.sleep(0.05)
    except WebSocketError:
        print('push ended')
        raise


@app.get('/websocket/absent')
@with_websocket
async def websocket_absent(request, ws):
    try:
        await ws.send('see you')
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print('absent cancelled', ws.closed)
        raise


@app.get('/websocket/impatient')
@with_websocket
async def websocket_impatient(request, ws):
    while True:
        try:
            await ws.send(await asyncio.wait_for(ws.receive(), 0.1))
        except TimeoutError:
            await ws.send('well?')


@app.get('/websocket/fail')
@with_websocket
async def websocket_fail(request, ws):
    raise ValueError('a test of an error in a handler')
