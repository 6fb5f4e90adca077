"""For an ASGI server on CPython: `uvicorn hello_asgi:app`."""
from microdot.asgi import Microdot

app = Microdot()


@app.get('/')
async def index(request):
    return 'Hello, world, over HTTP/' + request.asgi_scope['http_version']
