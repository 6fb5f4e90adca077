"""Responses that are made while they are sent, so that they need no memory and can take their time."""
import asyncio

from microdot.asyncio import Microdot

app = Microdot()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Streaming</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
  output { display: block; font-size: 5rem; font-variant-numeric: tabular-nums }
</style>
<h1>Streaming</h1>
<output>&hellip;</output>
<p><a href="samples.csv">A table of 100,000 rows</a>, which is in no memory at any time.</p>
<script>
  const output = document.querySelector('output')
  fetch('countdown/10').then(async response => {
    const lines = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let part; !(part = await lines.read()).done;)
      output.textContent = part.value.trim().split('\\n').pop()
  })
</script>
'''


@app.get('/')
async def index(request):
    return PAGE, {'Content-Type': 'text/html'}


class Countdown:
    """An asynchronous iterator, as MicroPython has no asynchronous generators."""
    def __init__(self, start):
        self.left = start + 1

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        await asyncio.sleep(0.2)
        self.left -= 1
        return '%d\n' % self.left if self.left else 'Lift-off!\n'


@app.get('/countdown/<int:start>')
async def countdown(request, start):
    return Countdown(min(start, 60))


def rows(count, step=100):
    """Where nothing has to be waited for, a generator does; some rows at a time are faster than one."""
    yield 'n,square\n'
    for first in range(0, count, step):
        yield ''.join(['%d,%d\n' % (n, n * n) for n in range(first, first + step)])


@app.get('/samples.csv')
async def samples(request):
    return rows(100000), {'Content-Type': 'text/csv'}


if __name__ == '__main__':
    app.run(debug=True)
