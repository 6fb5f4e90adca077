"""HTTP authentication in both flavours."""

import binascii

from flavours import both
from microdot.auth import BasicAuth, TokenAuth


def basic(text, scheme='Basic'):
    return {'Authorization': scheme + ' ' + binascii.b2a_base64(text.encode()).decode().strip()}


def app_with(flavour, auth, check):
    app = flavour.app()
    if flavour.is_async:

        @auth.authenticate
        async def authenticate(request, *credentials):
            return check(*credentials)
    else:

        @auth.authenticate
        def authenticate(request, *credentials):
            return check(*credentials)

    assert authenticate is not None

    @app.get('/')
    @auth
    def index(request):
        return request.g.current_user

    @app.get('/optional/<name>')
    @auth.optional
    def optional(request, name):
        return name + ' ' + str(request.g.current_user)

    return app


def user_of(username, password):
    return username if password == 'p\xe4ss:word' else None


@both
async def test_basic(flavour):
    app = app_with(flavour, BasicAuth(), user_of)
    res = await flavour.get(app, '/', basic('joe:p\xe4ss:word'))
    assert (res.status_code, res.text) == (200, 'joe')
    res = await flavour.get(app, '/', basic('joe:p\xe4ss:word', 'bASIC'))
    assert (res.status_code, res.text) == (200, 'joe')


@both
async def test_basic_refused(flavour):
    app = app_with(flavour, BasicAuth(), user_of)
    bearer = {'Authorization': 'Bearer ' + basic('joe:p\xe4ss:word')['Authorization'][6:]}
    for headers in (
        {},
        basic('joe:wrong'),
        basic('no colon'),
        {'Authorization': ''},
        {'Authorization': 'Basic'},
        {'Authorization': 'Basic \xe4'},
        {'Authorization': 'Basic x'},
        {'Authorization': 'Basic /w=='},
        bearer,
    ):
        res = await flavour.get(app, '/', headers)
        assert (res.status_code, res.text) == (401, ''), headers
        assert res.headers['WWW-Authenticate'] == 'Basic realm="Please login", charset="UTF-8"'


@both
async def test_basic_options(flavour):
    auth = BasicAuth(realm='my realm', charset='utf-8', scheme='x-basic', error_status=403)
    app = app_with(flavour, auth, user_of)
    res = await flavour.get(app, '/')
    assert res.status_code == 403
    assert res.headers['WWW-Authenticate'] == 'x-basic realm="my realm", charset="utf-8"'
    assert (await flavour.get(app, '/', basic('joe:p\xe4ss:word', 'X-Basic'))).text == 'joe'
    assert (await flavour.get(app, '/', basic('joe:p\xe4ss:word'))).status_code == 403


@both
async def test_basic_optional(flavour):
    app = app_with(flavour, BasicAuth(), user_of)
    assert (await flavour.get(app, '/optional/x', basic('joe:p\xe4ss:word'))).text == 'x joe'
    assert (await flavour.get(app, '/optional/x', basic('joe:wrong'))).text == 'x None'
    assert (await flavour.get(app, '/optional/x')).text == 'x None'


def owner_of(token):
    return {'foo': 'user', 'Bearer foo': 'odd user'}.get(token)


@both
async def test_token(flavour):
    app = app_with(flavour, TokenAuth(), owner_of)
    for value in ('Bearer foo', 'bearer foo', 'BEARER   foo '):
        assert (await flavour.get(app, '/', {'Authorization': value})).text == 'user'
    for value in ('Bearer bar', 'Bearer', 'foo', 'Basic foo', ''):
        res = await flavour.get(app, '/', {'Authorization': value})
        assert res.status_code == 401, value
        assert res.headers['WWW-Authenticate'] == 'Bearer'
    assert (await flavour.get(app, '/')).status_code == 401
    assert (await flavour.get(app, '/optional/x', {'Authorization': 'Bearer foo'})).text == 'x user'
    assert (await flavour.get(app, '/optional/x')).text == 'x None'


@both
async def test_token_in_a_header_of_its_own(flavour):
    app = app_with(flavour, TokenAuth(header='X-Auth-Token', scheme='ignored'), owner_of)
    assert (await flavour.get(app, '/', {'X-Auth-Token': 'foo'})).text == 'user'
    assert (await flavour.get(app, '/', {'x-auth-token': 'Bearer foo'})).text == 'odd user'
    res = await flavour.get(app, '/', {'Authorization': 'Bearer foo'})
    assert res.status_code == 401 and 'WWW-Authenticate' not in res.headers


@both
async def test_token_errors(flavour):
    auth = TokenAuth(error_status=403)
    app = app_with(flavour, auth, owner_of)
    assert (await flavour.get(app, '/')).status_code == 403

    @auth.errorhandler
    def error(request):
        return {'status_code': 400}, 400

    assert error is not None
    res = await flavour.get(app, '/')
    assert (res.status_code, res.json) == (400, {'status_code': 400})


@both
async def test_abort_goes_to_the_applications_error_handler(flavour):
    app = app_with(flavour, TokenAuth(), owner_of)

    @app.errorhandler(401)
    def unauthorized(request):
        return 'who are you?', 401

    assert (await flavour.get(app, '/')).text == 'who are you?'
