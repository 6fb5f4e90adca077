"""Serves "Hello, world!" as an ASGI application without a framework: no framework can be faster under the same server."""

_HEADERS = [(b'content-type', b'text/plain; charset=UTF-8'), (b'content-length', b'13')]


async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        for phase in ('startup', 'shutdown'):
            await receive()
            await send({'type': f'lifespan.{phase}.complete'})
    else:
        await send({'type': 'http.response.start', 'status': 200, 'headers': _HEADERS})
        await send({'type': 'http.response.body', 'body': b'Hello, world!'})
