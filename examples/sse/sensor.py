"""Live values: the server sends each reading as it comes, to every page that is open."""
import asyncio
from random import getrandbits

from microdot.asyncio import Microdot
from microdot.sse import with_sse

app = Microdot()
celsius = 20.0

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sensor</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
  output { font-size: 4rem; font-variant-numeric: tabular-nums }
  svg { width: 100%; height: 10rem }
  polyline { fill: none; stroke: #2563eb; stroke-width: 2; vector-effect: non-scaling-stroke }
</style>
<output>&hellip;</output>
<svg viewBox="0 0 60 20" preserveAspectRatio="none"><polyline/></svg>
<script>
  const readings = []
  const events = new EventSource('events')
  events.addEventListener('reading', event => {
    const { celsius } = JSON.parse(event.data)
    document.querySelector('output').textContent = celsius.toFixed(1) + ' \\u00b0C'
    readings.push(celsius)
    if (readings.length > 60) readings.shift()
    const points = readings.map((value, i) => [i, 30 - value])
    document.querySelector('polyline').setAttribute('points', points.join(' '))
  })
</script>
'''


@app.get('/')
async def index(request):
    return PAGE, {'Content-Type': 'text/html'}


def read_sensor():
    """Stands in for a sensor: the temperature goes up or down a little."""
    global celsius
    celsius += (getrandbits(8) - 127.5) / 512
    return {'celsius': celsius}


@app.get('/events')
@with_sse
async def events(request, sse):
    while True:
        await sse.send(read_sensor(), event='reading')
        await asyncio.sleep(0.5)


if __name__ == '__main__':
    app.run(debug=True)
