"""A log-in that is remembered in a signed cookie."""
from microdot import Microdot, redirect
from microdot.helpers import escape
from microdot.session import Session, with_session

app = Microdot()
Session(app, secret_key='top-secret! Put 32 random bytes of your own here')

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Session</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  input, button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }}
  button {{ background: #2563eb; color: #fff; border-color: #2563eb }}
</style>
<h1>{}</h1>
{}
'''

LOG_IN = '''<form method="post">
  <input name="username" placeholder="Your name" aria-label="Your name" required autofocus> <button>Log in</button>
</form>'''

LOG_OUT = '<form method="post" action="/logout"><button>Log out</button></form>'


@app.route('/', methods=['GET', 'POST'])
@with_session
def index(request, session):
    if request.method == 'POST':
        session['username'] = request.form.get('username', '')[:40]
        session.save()
        return redirect('/', 303)
    username = session.get('username')
    if username is None:
        page = PAGE.format('Not logged in', LOG_IN)
    else:
        page = PAGE.format('Logged in as ' + escape(username), LOG_OUT)
    return page, {'Content-Type': 'text/html'}


@app.post('/logout')
@with_session
def logout(request, session):
    session.delete()
    return redirect('/', 303)


if __name__ == '__main__':
    app.run(debug=True)
