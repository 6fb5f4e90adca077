"""The application of the WSGI server tests."""

import os
import threading

from microdot.sse import with_sse
from microdot.websocket import with_websocket
from microdot.wsgi import Microdot, abort, send_file

app = Microdot()
app.request_class.max_content_length = 1 << 20


@app.get('/')
def index(request):
    return 'hello'


@app.get('/who')
def who(request):
    return f'{os.getpid()} {threading.get_ident()}'


@app.route('/describe', methods=['GET', 'POST'])
@app.get('/describe/<path:path>')
def describe(request, path=None):
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
        'environ': request.environ['PATH_INFO'],
        'cookies': request.cookies,
    }


@app.post('/echo')
def echo(request):
    return request.body, {'Content-Type': request.content_type or 'text/plain'}


@app.post('/count')
def count(request):
    size = 0
    while data := request.stream.read(10000):
        size += len(data)
    return str(size)


@app.get('/chunks')
def chunks(request):
    return (f'chunk {i}, ' for i in range(5))


@app.get('/cookies')
def cookies(request):
    return 'ok', {'Set-Cookie': ['a=1', 'b=2'], 'X-Text': 'caf\xe9'}


@app.get('/file')
def file(request):
    return send_file(os.environ['SERVED_FILE'])


@app.get('/none')
def none(request):
    return None


@app.get('/fail')
def fail(request):
    raise ValueError('a test of an error in a handler')


@app.get('/abort')
def aborting(request):
    abort(403)


@app.get('/bad-header')
def bad_header(request):
    return 'x', {'X-Bad': 'a\r\nSet-Cookie: b=c'}


@app.get('/events')
@with_sse
def events(request, sse):
    for i in range(3):
        sse.send({'i': i}, event='count')


@app.get('/websocket')
@with_websocket(subprotocols=['chat'])
def websocket(request, ws):
    while True:
        ws.send(ws.receive())


@app.get('/shutdown')
def shutdown(request):
    app.shutdown()
    return 'bye'
