"""Serves "Hello, world!" and a file, the one that BENCH_FILE names, under a WSGI server."""
import os

from microdot.wsgi import Microdot, send_file

app = Microdot()


@app.get('/')
def index(request):
    return 'Hello, world!'


@app.get('/file')
def file(request):
    return send_file(os.environ['BENCH_FILE'])
