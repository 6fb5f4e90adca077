"""User names and passwords, which the browser asks for by itself. Use this over HTTPS only."""
from hashlib import sha256

from microdot import Microdot
from microdot.auth import BasicAuth

app = Microdot()
auth = BasicAuth(realm='Examples')

# Digests of the passwords `hello` and `bye`: who reads this file does not learn them at once.
USERS = {
    'susan': '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    'david': 'b49f425a7e1f9cff3856329ada223f2f9d368f15a00cf48df16ca95986137fe8',
}


@auth.authenticate
def check(request, username, password):
    digest = ''.join(['%02x' % byte for byte in sha256(password.encode()).digest()])
    return username if USERS.get(username) == digest else None


@app.get('/')
@auth
def index(request):
    return 'Hello, ' + request.g.current_user


@app.get('/lobby')
@auth.optional
def lobby(request):
    return 'Welcome, ' + (request.g.current_user or 'stranger')


if __name__ == '__main__':
    app.run(debug=True)
