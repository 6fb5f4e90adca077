"""The application of the WSGI server tests."""

import os
import threading
import time

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


@app.get('/endless-events')
@with_sse
def endless_events(request, sse):
    try:
        while True:
            sse.send('first')
            time.sleep(0.05)
    finally:
        print('events ended', flush=True)


@app.get('/forever')
def forever(request):
    def generate():
        try:
            while True:
                yield b'x' * 1000
                time.sleep(0.05)
        finally:
            print('generator closed', flush=True)

    return generate()


@app.get('/websocket')
@with_websocket(subprotocols=['chat'])
def websocket(request, ws):
    while True:
        ws.send(ws.receive())
