"""The asyncio server: handlers can be coroutines, and while one waits, others run."""
import asyncio

from microdot.asyncio import Microdot

app = Microdot()


@app.get('/')
async def index(request):
    return 'Hello, world!'


@app.get('/later/<int:seconds>')
async def later(request, seconds):
    await asyncio.sleep(seconds)
    return 'Hello after %d seconds!' % seconds


@app.get('/plain')
def plain(request):
    return 'Hello from a plain function!'


if __name__ == '__main__':
    app.run(debug=True)
