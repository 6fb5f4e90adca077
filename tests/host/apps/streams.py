"""Event streams for a real client; runs on CPython and MicroPython: streams.py sync|asyncio PORT"""

import sys

import microdot.sse
from microdot.sse import with_sse

microdot.sse.SSE.heartbeat_ms = 200
flavour, port = sys.argv[1:3]
if flavour == 'asyncio':
    import asyncio

    from microdot.asyncio import Microdot
else:
    import time

    from microdot import Microdot

app = Microdot()
sent = 0

if flavour == 'asyncio':

    @app.get('/count/<int:n>')
    @with_sse
    async def count(request, sse, n):
        start = int(sse.last_event_id or -1) + 1
        for i in range(start, n):
            await sse.send({'n': i}, event='count', event_id=i)

    @app.get('/pieces')
    @with_sse
    async def pieces(request, sse):
        start = int(sse.last_event_id or -1) + 1
        for i in range(start, start + 3):
            await sse.send({'n': i}, event='count', event_id=i, retry=0.05)

    @app.get('/silent')
    @with_sse
    async def silent(request, sse):
        try:
            await sse.send('hello')
            await asyncio.sleep(30)
        finally:
            print('silent ended')

    @app.get('/flood')
    @with_sse
    async def flood(request, sse):
        global sent
        sent = 0
        for i in range(50000):
            await sse.send('x' * 1000)
            sent += 1
else:

    @app.get('/count/<int:n>')
    @with_sse
    def count(request, sse, n):
        start = int(sse.last_event_id or -1) + 1
        for i in range(start, n):
            sse.send({'n': i}, event='count', event_id=i)

    @app.get('/pieces')
    @with_sse
    def pieces(request, sse):
        start = int(sse.last_event_id or -1) + 1
        for i in range(start, start + 3):
            sse.send({'n': i}, event='count', event_id=i, retry=0.05)

    @app.get('/silent')
    @with_sse
    def silent(request, sse):
        try:
            sse.send('hello')
            for _ in range(30):
                time.sleep(0.1)
                sse.send('tick', comment=True)
        finally:
            print('silent ended')

    @app.get('/flood')
    @with_sse
    def flood(request, sse):
        global sent
        sent = 0
        for i in range(50000):
            sse.send('x' * 1000)
            sent += 1


@app.get('/sent')
def get_sent(request):
    return str(sent)


@app.get('/fail')
@with_sse
def fail(request, sse):
    raise ValueError('a test of an error among events')


app.run('127.0.0.1', int(port))
