"""The application of the ASGI server tests; what happens to it is printed."""

import asyncio
import os
import threading

from microdot.asgi import Microdot, abort, send_file
from microdot.asgi.websocket import WebSocketError, with_websocket
from microdot.sse import with_sse


async def start(scope):
    print('started', scope['type'])


async def stop(scope):
    print('stopped', scope['type'])


app = Microdot(lifespan_startup=start, lifespan_shutdown=stop)
app.request_class.max_content_length = 1 << 20


@app.get('/')
async def index(request):
    return 'hello'


@app.get('/thread')
def thread(request):
    return 'thread' if threading.current_thread() is not threading.main_thread() else 'main'


@app.route('/describe', methods=['GET', 'POST'])
@app.get('/describe/<path:path>')
async def describe(request, path=None):
    return {
        'method': request.method,
        'path': request.path,
        'url': request.url,
        'query': request.query_string,
        'argument': path,
        'args': request.args.get('a'),
        'header': request.headers.get('x-test'),
        'type': request.content_type,
        'length': request.content_length,
        'version': request.http_version,
        'scheme': request.scheme,
        'host': request.headers['Host'],
        'client': request.client_addr[0],
        'scope': request.asgi_scope['type'],
        'cookies': request.cookies,
        'names': sorted(request.headers),
    }


@app.post('/echo')
async def echo(request):
    return request.body, {'Content-Type': request.content_type or 'text/plain'}


@app.post('/count')
async def count(request):
    size = 0
    while data := await request.stream.read(10000):
        size += len(data)
    return str(size)


@app.get('/chunks')
async def chunks(request):
    async def generate():
        for i in range(5):
            yield f'chunk {i}, '

    return generate()


@app.get('/plain-chunks')
def plain_chunks(request):
    return (f'chunk {i}, ' for i in range(5))


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


@app.get('/cookies')
async def cookies(request):
    return 'ok', {'Set-Cookie': ['a=1', 'b=2'], 'X-Text': 'caf\xe9', 'X-Number': 5}


@app.get('/file')
async def file(request):
    return send_file(os.environ['SERVED_FILE'])


@app.get('/none')
async def none(request):
    return None


@app.get('/fail')
async def fail(request):
    raise ValueError('a test of an error in a handler')


@app.get('/abort')
async def aborting(request):
    abort(403)


@app.get('/bad-header')
async def bad_header(request):
    return 'x', {'X-Bad': 'a\r\nSet-Cookie: b=c'}


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
    await ws.send('bye')
    await ws.close(3001, 'that was all')


@app.get('/websocket/fail')
@with_websocket
async def websocket_fail(request, ws):
    raise ValueError('a test of an error in a handler')


@app.get('/shutdown')
async def shutdown(request):
    app.shutdown()
    return 'bye'
