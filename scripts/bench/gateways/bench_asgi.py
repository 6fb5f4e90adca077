"""Serves "Hello, world!" under an ASGI server."""
from microdot.asgi import Microdot

app = Microdot()


@app.get('/')
async def index(request):
    return 'Hello, world!'
