"""A WebSocket that sends back what it gets, in the synchronous server."""
from microdot import Microdot
from microdot.websocket import with_websocket
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


if __name__ == '__main__':
    app.run(debug=True)
