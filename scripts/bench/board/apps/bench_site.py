"""Serves a file and 20 routes with a parameter: bench_site.py FLAVOUR PORT FILE."""
import sys

if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot, send_file
else:
    from microdot import Microdot, send_file

app = Microdot()
app.max_connections = 16  # as many as there are clients


@app.get('/')
async def index(request):
    return 'Hello, world!'


@app.get('/file')
async def file(request):
    return send_file(sys.argv[3])


def add(i):
    @app.get('/resource%d/<int:id>' % i)
    async def resource(request, id):
        return 'resource %d' % id


for i in range(20):
    add(i)

app.run(host='127.0.0.1', port=int(sys.argv[2]))
