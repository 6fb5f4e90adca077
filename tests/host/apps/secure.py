"""An HTTPS server; runs on CPython and MicroPython: secure.py sync|asyncio PORT CERT KEY"""

import sys

from microdot.session import Session, with_session
from microdot.ssl import create_ssl_context

flavour, port, cert, key = sys.argv[1:5]
if flavour == 'asyncio':
    from microdot.asyncio import Microdot
    from microdot.asyncio.websocket import with_websocket
else:
    from microdot import Microdot
    from microdot.websocket import with_websocket

app = Microdot()
Session(app, secret_key='a secret of thirty-two characters')


@app.get('/count')
@with_session
def count(request, session):
    session['count'] = session.get('count', 0) + 1
    session.save()
    return str(session['count'])


@app.get('/scheme')
def scheme(request):
    return request.scheme


@app.get('/large')
def large(request):
    return b'x' * 200000


@app.post('/echo')
def echo(request):
    return request.body


if flavour == 'asyncio':

    @app.get('/websocket')
    @with_websocket
    async def websocket(request, ws):
        while True:
            await ws.send(await ws.receive())
else:

    @app.get('/websocket')
    @with_websocket
    def websocket(request, ws):
        while True:
            ws.send(ws.receive())


app.run('127.0.0.1', int(port), ssl=create_ssl_context(cert, key))
