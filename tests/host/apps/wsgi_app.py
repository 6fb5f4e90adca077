"""The application of the WSGI server tests."""

import os
import threading

from gateway_routes import add_routes

from microdot.sse import with_sse
from microdot.websocket import with_websocket
from microdot.wsgi import Microdot

app = Microdot()
add_routes(app)


@app.get('/who')
def who(request):
    return f'{os.getpid()} {threading.get_ident()}'


@app.get('/environ/<path:path>')
def environ(request, path):
    return request.environ['PATH_INFO']


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
