"""Uploads of any size, written to files while they arrive."""
import os

from microdot.asyncio import Microdot, Request, abort, send_file

FOLDER = 'uploads'

Request.max_content_length = 1024 * 1024  # in bytes; what is larger is answered with 413

app = Microdot()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Uploads</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
  progress { width: 100% }
  li { overflow-wrap: anywhere }
  button { border: 0; background: none; color: #dc2626; cursor: pointer }
</style>
<h1>Uploads</h1>
<p><input type="file" aria-label="File"></p>
<progress value="0"></progress>
<p id="message" role="status"></p>
<ul></ul>
<script>
  const $ = selector => document.querySelector(selector)
  const url = name => 'files/' + encodeURIComponent(name)

  async function list() {
    const files = await (await fetch('files')).json()
    $('ul').replaceChildren(...files.map(({ name, size }) => {
      const [item, link, button] = ['li', 'a', 'button'].map(name => document.createElement(name))
      link.textContent = name
      link.href = url(name)
      button.textContent = 'delete'
      button.onclick = () => fetch(url(name), { method: 'DELETE' }).then(list)
      item.append(link, ` (${size} bytes) `, button)
      return item
    }))
  }

  $('input').onchange = event => {
    const file = event.target.files[0], upload = new XMLHttpRequest()
    upload.upload.onprogress = ({ loaded, total }) => $('progress').value = loaded / total
    upload.onload = () => { $('#message').textContent = upload.responseText; list() }
    upload.open('PUT', url(file.name))
    upload.send(file)
  }
  list()
</script>
'''


def path_of(name):
    """The path of an uploaded file. Its name comes from a client, so it must not lead anywhere else."""
    if name[0] == '.' or '\\' in name:
        abort(400, 'bad file name')
    return FOLDER + '/' + name


@app.get('/')
async def index(request):
    return PAGE, {'Content-Type': 'text/html'}


@app.get('/files')
async def files(request):
    names = sorted(name for name in os.listdir(FOLDER) if name[0] != '.')
    return [{'name': name, 'size': os.stat(path_of(name))[6]} for name in names]


@app.put('/files/<name>')
async def upload(request, name):
    path = path_of(name)
    part = FOLDER + '/.' + name  # hidden until it is whole
    with open(part, 'wb') as file:
        while True:
            data = await request.stream.read(1024)
            if not data:
                break
            file.write(data)
    os.rename(part, path)
    return name + ' has arrived', 201


@app.get('/files/<name>')
async def download(request, name):
    return send_file(path_of(name))


@app.delete('/files/<name>')
async def delete(request, name):
    os.remove(path_of(name))


@app.errorhandler(OSError)
async def no_file(request, error):
    return 'no such file', 404


if FOLDER not in os.listdir():
    os.mkdir(FOLDER)

if __name__ == '__main__':
    app.run(debug=True)
