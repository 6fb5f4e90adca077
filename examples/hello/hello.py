"""One page, from the synchronous server."""
import sys

from microdot import Microdot

app = Microdot()

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hello</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-content: center;
         min-height: 90vh; padding: 0 1rem; text-align: center }}
  h1 {{ font-size: 3rem; margin: 0 }}
</style>
<h1>Hello, world!</h1>
<p>This page comes from <b>{} {}</b>, to <b>{}</b>.</p>
'''


@app.get('/')
def index(request):
    name = sys.implementation.name
    version = '.'.join(str(part) for part in sys.implementation.version[:3])
    return PAGE.format(name, version, request.client_addr[0]), {'Content-Type': 'text/html'}


if __name__ == '__main__':
    app.run(debug=True)
