"""A status page for a board: what it is doing, and a switch for each pin."""
import gc
import sys
import time

from microdot.asyncio import Microdot, abort
from pins import pins

app = Microdot()
started = time.time()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Board</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 2rem auto; padding: 0 1rem }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1.5rem }
  dt { color: #888 }
  dd { margin: 0 }
  button { font: inherit; padding: .7rem 1.2rem; margin: 0 .5rem .5rem 0; cursor: pointer;
           border: 1px solid #8888; border-radius: .6rem; background: none; color: inherit }
  button[aria-pressed=true] { background: #eab308; color: #000; border-color: #eab308 }
</style>
<h1>Board</h1>
<p id="pins"></p>
<dl id="status"></dl>
<script>
  async function show(response) {
    const { pins, ...status } = await (await response).json()
    document.querySelector('#pins').replaceChildren(...Object.entries(pins).map(([name, on]) => {
      const button = document.createElement('button')
      button.textContent = name
      button.ariaPressed = Boolean(on)
      button.onclick = () => show(fetch('pins/' + name, { method: 'PUT', body: on ? '0' : '1' }))
      return button
    }))
    document.querySelector('#status').replaceChildren(...Object.entries(status).flatMap(([name, value]) => {
      const term = document.createElement('dt'), detail = document.createElement('dd')
      term.textContent = name
      detail.textContent = value
      return [term, detail]
    }))
  }
  show(fetch('status'))
  setInterval(() => show(fetch('status')), 2000)
</script>
'''


@app.get('/')
async def index(request):
    return PAGE, {'Content-Type': 'text/html'}


@app.get('/status')
async def status(request):
    facts = {
        'runtime': sys.implementation.name + ' on ' + sys.platform,
        'uptime': '%d s' % (time.time() - started),
        'pins': {name: pin.value() for name, pin in pins.items()},
    }
    if hasattr(gc, 'mem_free'):
        facts['free memory'] = '%d KB' % (gc.mem_free() // 1024)
    return facts


@app.put('/pins/<name>')
async def switch(request, name):
    if name not in pins or request.body not in (b'0', b'1'):
        abort(400, 'no such pin, or no such level')
    pins[name].value(int(request.body))
    return await status(request)


if __name__ == '__main__':
    app.run(debug=True)
