"""The notes: a part that knows nothing of the others, nor where it is mounted."""
from microdot import Microdot, redirect
from microdot.helpers import escape

app = Microdot()
notes = []

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notes</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  input, button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }}
</style>
<h1>Notes</h1>
<form method="post">
  <input name="text" aria-label="Text" required autofocus> <button>Add</button>
</form>
<ul>{}</ul>
<p><a href="/">Back</a></p>
'''


@app.get('/')
def index(request):
    items = ['<li>' + escape(note) for note in notes]
    return PAGE.format(''.join(items)), {'Content-Type': 'text/html'}


@app.post('/')
def add(request):
    notes.append(request.form.get('text', '')[:80])
    return redirect(request.url_prefix + '/', 303)
