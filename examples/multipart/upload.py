"""A form with a file in it, which is read as it arrives."""
from microdot.asyncio import Microdot, Request
from microdot.helpers import escape
from microdot.multipart import FormDataIter, with_form_data

Request.max_content_length = 512 * 1024  # in bytes; what is larger is answered with 413

app = Microdot()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Upload</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  input, button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }}
</style>
<h1>Upload</h1>
<form method="post" enctype="multipart/form-data">
  <p><input name="title" placeholder="Title" aria-label="Title" required>
  <p><input name="file" type="file" aria-label="File" required>
  <p><button>Send</button> <button formaction="/count">Only count its bytes</button>
</form>
<p role="status">{}</p>
'''


def html(message=''):
    return PAGE.format(escape(message)), {'Content-Type': 'text/html'}


@app.get('/')
async def index(request):
    return html()


@app.post('/')
@with_form_data
async def upload(request):
    # all of the form is here, large files in temporary ones; save() would keep this one
    file = request.files['file']
    start = await file.read(20)
    return html('"%s" has the file %s, which starts with %s' % (request.form['title'], file.filename, start))


@app.post('/count')
async def count(request):
    # piece by piece, with next to no memory
    sizes = []
    async for name, value in FormDataIter(request):
        if isinstance(value, str):
            continue  # a field
        size = 0
        while True:
            data = await value.read(1024)
            if not data:
                break
            size += len(data)
        sizes.append('%s has %d bytes' % (value.filename, size))
    return html(', '.join(sizes))


if __name__ == '__main__':
    app.run(debug=True)
