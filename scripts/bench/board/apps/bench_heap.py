"""Tells how much heap it uses: bench_heap.py FLAVOUR PORT [live]; for MicroPython."""
import gc
import sys

gc.collect()
before = gc.mem_alloc()

if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

gc.collect()
print('import', gc.mem_alloc() - before)

app = Microdot()
app.max_connections = 16  # more than the load holds open


@app.get('/')
def index(request):
    return 'Hello, world!'


@app.post('/json')
def json(request):
    return str(len(request.json))


@app.get('/live')
def live(request):
    gc.collect()
    return str(gc.mem_alloc())


@app.get('/used')
def used(request):
    return str(gc.mem_alloc())


def report():
    import time
    time.sleep_ms(300)  # until the server waits for its first client
    gc.collect()
    print('live', gc.mem_alloc())


if len(sys.argv) > 3:
    import _thread
    _thread.start_new_thread(report, ())

app.run(host='127.0.0.1', port=int(sys.argv[2]))
