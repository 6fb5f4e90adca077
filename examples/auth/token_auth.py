"""Tokens for programs: `curl -H "Authorization: Bearer let-me-in" localhost:5000`."""
from microdot.asyncio import Microdot
from microdot.auth import TokenAuth

app = Microdot()
auth = TokenAuth()

TOKENS = {'let-me-in': 'the thermostat'}


@auth.authenticate
async def check(request, token):
    return TOKENS.get(token)


@auth.errorhandler
async def refused(request):
    return {'error': 'a valid token is needed'}, 401, {'WWW-Authenticate': 'Bearer'}


@app.get('/')
@auth
async def index(request):
    return {'hello': request.g.current_user}


if __name__ == '__main__':
    app.run(debug=True)
