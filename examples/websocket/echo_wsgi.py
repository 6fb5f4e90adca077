"""The same behind Gunicorn, a thread for each WebSocket: `gunicorn --threads 20 echo_wsgi:app`."""
from microdot.websocket import with_websocket
from microdot.wsgi import Microdot
from page import PAGE

app = Microdot()


@app.get('/')
def index(request):
    return PAGE, {'Content-Type': 'text/html'}


@app.get('/echo')
@with_websocket
def echo(request, ws):
    while True:
        ws.send(ws.receive())
