"""An API that a page of another origin may use.

The page is at http://localhost:5000/ and calls http://127.0.0.1:5000/, which is the same server, but to a browser it is
another origin. Without CORS it would not let the page see the answers.
"""
from microdot import Microdot
from microdot.cors import CORS

app = Microdot()
CORS(app, allowed_origins=['http://localhost:5000'], max_age=600)

light = {'on': False}

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CORS</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
  button { font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem; cursor: pointer }
</style>
<h1>The light is <output>&hellip;</output></h1>
<button>Switch it</button>
<script>
  const api = 'http://127.0.0.1:5000/light'
  const output = document.querySelector('output')
  let on

  async function show(response) {
    try {
      ({ on } = await (await response).json())
      output.textContent = on ? 'on' : 'off'
    } catch {
      output.textContent = 'out of reach'
    }
  }

  // A PUT with JSON is preceded by an OPTIONS request, in which the browser asks for leave.
  document.querySelector('button').onclick = () => show(fetch(api, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ on: !on }),
  }))
  show(fetch(api))
</script>
'''


@app.get('/')
def index(request):
    return PAGE, {'Content-Type': 'text/html'}


@app.get('/light')
def get_light(request):
    return light


@app.put('/light')
def put_light(request):
    light['on'] = bool(request.json['on'])
    return light


if __name__ == '__main__':
    app.run(debug=True)
