"""Pages for users who have logged in, and one for those who have done so just now."""
from microdot import Microdot, redirect
from microdot.helpers import escape
from microdot.login import Login
from microdot.session import Session

app = Microdot()
Session(app, secret_key='top-secret! Put 32 random bytes of your own here')
login = Login()


class User:
    def __init__(self, name, pin):
        self.id = name
        self.pin = pin


users = {user.id: user for user in (User('susan', '1234'), User('david', '4321'))}

PAGE = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Login</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
  input, button {{ font: inherit; padding: .5rem .8rem; border: 1px solid #8888; border-radius: .5rem }}
</style>
<h1>{}</h1>
{}
'''

FORM = '''<form method="post">
  <p><input name="name" placeholder="Name: susan" aria-label="Name" required autofocus>
  <p><input name="pin" placeholder="PIN: 1234" aria-label="PIN" type="password" required>
  <p><label><input name="remember" type="checkbox"> remember me for 30 days</label>
  <p><button>Log in</button>
</form>'''

HOME = '''<p><a href="/secrets">Secrets</a>, for which it is not enough to be remembered</p>
<form method="post" action="/logout"><button>Log out</button></form>'''


def html(title, content='', status=200):
    return PAGE.format(escape(title), content), status, {'Content-Type': 'text/html'}


@login.user_loader
def get_user(user_id):
    return users.get(user_id)


@app.route('/login', methods=['GET', 'POST'])
def log_in(request):
    if request.method == 'GET':
        return html('Who are you?', FORM)
    user = users.get(request.form.get('name'))
    if user is None or user.pin != request.form.get('pin'):
        return html('That is not right', FORM, 401)
    return login.login_user(request, user, remember='remember' in request.form)


@app.post('/logout')
def log_out(request):
    login.logout_user(request)
    return redirect('/', 303)


@app.get('/')
@login
def index(request):
    return html('Hello, ' + request.g.current_user.id, HOME)


@app.get('/secrets')
@login.fresh
def secrets(request):
    return html('The PIN of %s is %s' % (request.g.current_user.id, request.g.current_user.pin))


if __name__ == '__main__':
    app.run(debug=True)
