"""One application made of three: each part has a module of its own and is mounted below a prefix."""
import admin
import notes
from microdot import Microdot

app = Microdot()
app.mount(notes.app, url_prefix='/notes')
app.mount(admin.app, url_prefix='/admin', local=True)  # its hooks and error handlers are for its own routes

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parts</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
</style>
<h1>An app of parts</h1>
<ul>
  <li><a href="/notes/">Notes</a>: {} so far
  <li><a href="/admin/">Administration</a>: the PIN is 1234
</ul>
'''


@app.get('/')
def index(request):
    return PAGE.format(len(notes.notes)), {'Content-Type': 'text/html'}


@app.errorhandler(404)
def not_found(request):
    return 'There is nothing at ' + request.path, 404


if __name__ == '__main__':
    app.run(debug=True)
