"""For a WSGI server on CPython: `gunicorn hello_wsgi:app`."""
from microdot.wsgi import Microdot

app = Microdot()


@app.get('/')
def index(request):
    return 'Hello, world, from ' + request.environ['SERVER_SOFTWARE']
