"""Forms that only this app's own pages can send.

Open http://localhost:5000/: the second form pretends to be on another site, as its target, http://127.0.0.1:5000/, is
to a browser.
"""
from microdot import Microdot, redirect
from microdot.csrf import CSRF

app = Microdot()
csrf = CSRF(app)
account = {'euros': 100}

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CSRF</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem; cursor: pointer }}
</style>
<h1>You have {euros} euros</h1>
<form method="post" action="/spend"><button>Spend ten</button></form>
<p>What a page of another site may try to make your browser do:</p>
<form method="post" action="http://127.0.0.1:5000/spend"><button>Spend ten</button></form>
'''


@app.get('/')
def index(request):
    return PAGE.format(**account), {'Content-Type': 'text/html'}


@app.post('/spend')
def spend(request):
    account['euros'] -= 10
    return redirect('/', 303)


@app.errorhandler(403)
def forbidden(request):
    return 'This request came from another site, so nothing was spent.', 403


if __name__ == '__main__':
    app.run(debug=True)
