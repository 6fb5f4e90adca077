"""The administration: mounted locally, so that its hook guards its own routes and no others."""
import notes
from microdot import Microdot, abort, redirect

PIN = '1234'

app = Microdot()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Administration</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  input, button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }}
</style>
<h1>Administration</h1>
<p role="status">{}</p>
<form method="post">
  <input name="pin" placeholder="PIN" aria-label="PIN" required> <button>Delete all notes</button>
</form>
<p><a href="/">Back</a></p>
'''


@app.before_request
def check_pin(request):
    if request.method == 'POST' and request.form.get('pin') != PIN:
        abort(403)


@app.errorhandler(403)
def refused(request):
    return PAGE.format('That is not the PIN.'), 403, {'Content-Type': 'text/html'}


@app.get('/')
def index(request):
    return PAGE.format('Enter the PIN to go on.'), {'Content-Type': 'text/html'}


@app.post('/')
def clear(request):
    notes.notes.clear()
    return redirect('/', 303)
