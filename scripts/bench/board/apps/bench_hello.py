"""Serves "Hello, world!": bench_hello.py FLAVOUR PORT."""
import sys

if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

app = Microdot()
app.max_connections = 16  # as many as there are clients

if sys.argv[1] == 'sync':
    @app.get('/')
    def index(request):
        return 'Hello, world!'
else:
    @app.get('/')
    async def index(request):
        return 'Hello, world!'

app.run(host='127.0.0.1', port=int(sys.argv[2]))
