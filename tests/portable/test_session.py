"""Sessions in both flavours: the cookie that leaves, and the cookies that come."""

import gc

from flavours import both
from microdot.jwt_hs256 import decode, encode, unix_time
from microdot.response import abort
from microdot.session import (
    Session,
    SessionDict,
    delete_session,
    get_session,
    set_session_secret_key,
    update_session,
    with_session,
)
from portable import MICROPYTHON, raises

KEY = 'a secret of thirty-two characters'
OLD, NEW, OTHER = [KEY + name for name in ('old', 'new', 'other')]


def app_with(flavour, secret_key=KEY, **options):
    """An app with routes to look at its session, to change it and to delete it."""
    app = flavour.app()
    app.sessions = Session(app, secret_key=secret_key, **options)

    @app.get('/')
    @with_session
    def show(request, session):
        assert isinstance(session, SessionDict) and isinstance(session, dict)
        return dict(session.items())

    @app.get('/set/<name>/<value>')
    @with_session
    def change(request, session, name, value):
        session[name] = value
        session.save()
        return 'ok'

    @app.get('/delete')
    @with_session
    def delete(request, session):
        session.delete()
        return 'ok'

    return app


async def cookies_of(flavour, app, path, **kwargs):
    """The Set-Cookie headers of a response."""
    res = await flavour.finish(flavour.client(app, **kwargs).get(path))
    assert res.status_code == 200, res.text
    return res.headers.get('Set-Cookie', [])


async def shown(flavour, app, token, **kwargs):
    """What the app finds in a session cookie."""
    return (await flavour.finish(flavour.client(app, cookies={'session': token}, **kwargs).get('/'))).json


@both
async def test_session_is_kept_changed_and_deleted(flavour):
    app = app_with(flavour)
    client = flavour.client(app)
    get = client.get
    assert (await flavour.finish(get('/'))).json == {}
    assert 'session' not in client.cookies
    await flavour.finish(get('/set/a/1'))
    await flavour.finish(get('/set/b/caf%C3%A9'))
    assert (await flavour.finish(get('/'))).json == {'a': '1', 'b': 'caf\xe9'}
    await flavour.finish(get('/delete'))
    assert 'session' not in client.cookies
    assert (await flavour.finish(get('/'))).json == {}


@both
async def test_cookie_and_its_attributes(flavour):
    (cookie,) = await cookies_of(flavour, app_with(flavour), '/set/a/1')
    value, _, attributes = cookie.partition('; ')
    assert attributes == 'Path=/; HttpOnly; SameSite=Lax'
    assert decode(value.partition('=')[2], KEY) == {'a': '1'}
    (cookie,) = await cookies_of(flavour, app_with(flavour), '/set/a/1', scheme='https')
    assert cookie.partition('; ')[2] == 'Path=/; Secure; HttpOnly; SameSite=Lax'
    (cookie,) = await cookies_of(flavour, app_with(flavour), '/delete')
    assert cookie == 'session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax'


@both
async def test_cookie_options(flavour):
    options = {'path': '/set', 'http_only': False, 'same_site': 'Strict', 'secure': True, 'max_age': 5}
    (cookie,) = await cookies_of(flavour, app_with(flavour, cookie_options=options), '/set/a/1')
    assert cookie.partition('; ')[2] == 'Path=/set; Max-Age=5; Secure; SameSite=Strict'
    assert options['max_age'] == 5


@both
async def test_cookie_path_limits_the_session(flavour):
    app = flavour.app()
    Session(app, secret_key=KEY, cookie_options={'path': '/child'})

    @app.get('/')
    @app.get('/child/foo')
    @with_session
    def index(request, session):
        return dict(session.items())

    @app.get('/child')
    @with_session
    def save(request, session):
        session['foo'] = 'bar'
        session.save()

    client = flavour.client(app)
    await flavour.finish(client.get('/child'))
    assert (await flavour.finish(client.get('/'))).json == {}
    assert (await flavour.finish(client.get('/child/foo'))).json == {'foo': 'bar'}


@both
async def test_one_cookie_from_the_last_save(flavour):
    app = app_with(flavour)

    @app.get('/many')
    @with_session
    def many(request, session):
        for i in range(3):
            session['i'] = i
            session.save()
        session['unsaved'] = True
        return 'ok'

    (cookie,) = await cookies_of(flavour, app, '/many')
    assert decode(cookie[8:].partition(';')[0], KEY) == {'i': 2}


@both
async def test_save_after_delete_and_delete_after_save(flavour):
    app = app_with(flavour)

    @app.get('/both/<int:save_last>')
    @with_session
    def both_ways(request, session, save_last):
        session['a'] = 1
        if not save_last:
            session.save()
        session.delete()
        if save_last:
            session.save()
        return 'ok'

    (cookie,) = await cookies_of(flavour, app, '/both/1')
    assert decode(cookie[8:].partition(';')[0], KEY) == {'a': 1}
    (cookie,) = await cookies_of(flavour, app, '/both/0')
    assert cookie.startswith('session=; ')


@both
async def test_response_depends_on_the_cookie_only_where_the_session_is_used(flavour):
    app = app_with(flavour)

    @app.get('/plain')
    def plain(request):
        return 'ok', {'Vary': 'Accept'}

    @app.get('/varied')
    @with_session
    def varied(request, session):
        return 'ok', {'Vary': 'Accept'}

    assert (await flavour.get(app, '/plain')).headers['Vary'] == 'Accept'
    assert (await flavour.get(app, '/varied')).headers['Vary'] == 'Accept, Cookie'
    assert 'Set-Cookie' not in (await flavour.get(app, '/varied')).headers


@both
async def test_session_saved_before_an_error_is_kept(flavour):
    app = app_with(flavour)

    @app.get('/fail')
    @with_session
    def fail(request, session):
        session['tries'] = 1
        session.save()
        abort(403)

    res = await flavour.get(app, '/fail')
    assert res.status_code == 403
    assert res.headers['Set-Cookie'][0].startswith('session=ey')


@both
async def test_tokens_that_do_not_hold_give_an_empty_session(flavour):
    app = app_with(flavour)
    good = encode({'a': 1}, KEY)
    none = 'eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhIjoxfQ.'
    nested = '[' * 2000
    deep = encode({'a': 1}, KEY).split('.')
    import binascii

    deep[0] = binascii.b2a_base64(nested.encode()).decode().strip().rstrip('=')
    assert await shown(flavour, app, good) == {'a': 1}
    for token in (
        '',
        'x',
        '..',
        good[:-1],
        good[:20],
        good + 'x',
        encode({'a': 1}, 'another key'),
        none,
        encode({'a': 1, 'exp': unix_time() - 5}, KEY),
        'x' * 4200,
        encode({'a': 'x' * 3200}, KEY),
        '.'.join(deep),
    ):
        if MICROPYTHON:
            gc.collect()  # the heap of a board holds few heads of this size
        # longer heads than the default reach the application under other servers
        before = app.request_class.max_head_length, app.request_class.max_readline
        app.request_class.max_head_length = app.request_class.max_readline = 20000
        try:
            assert await shown(flavour, app, token) == {}, token[:60]
        finally:
            app.request_class.max_head_length, app.request_class.max_readline = before


@both
async def test_names_that_jwt_knows_are_the_applications_own(flavour):
    app = app_with(flavour)
    claims = {'iss': 4, 'sub': 5, 'aud': 'x', 'iat': 'never', 'nbf': 99999999999, 'jti': 7}
    assert await shown(flavour, app, encode(claims, KEY)) == claims
    assert app.sessions.decode(app.sessions.encode(claims)) == claims


@both
async def test_lifetime(flavour):
    app = app_with(flavour, lifetime=100)
    (cookie,) = await cookies_of(flavour, app, '/set/a/1')
    assert cookie.partition('; ')[2] == 'Path=/; Max-Age=100; HttpOnly; SameSite=Lax'
    token = cookie[8:].partition(';')[0]
    payload = decode(token, KEY)
    assert payload['a'] == '1' and abs(payload['exp'] - unix_time() - 100) <= 2
    assert await shown(flavour, app, token) == {'a': '1'}
    assert await shown(flavour, app, encode({'a': '1', 'exp': unix_time() - 1}, KEY)) == {}


@both
async def test_keys_can_be_rotated(flavour):
    app = app_with(flavour, secret_key=[NEW, OLD])
    assert await shown(flavour, app, encode({'a': 1}, OLD)) == {'a': 1}
    assert await shown(flavour, app, encode({'a': 2}, NEW)) == {'a': 2}
    assert await shown(flavour, app, encode({'a': 3}, 'a key that was never in use, in no application')) == {}
    (cookie,) = await cookies_of(flavour, app, '/set/a/1')
    assert decode(cookie[8:].partition(';')[0], NEW) == {'a': '1'}


@both
async def test_session_in_two_steps(flavour):
    session = Session(secret_key=KEY)
    app = flavour.app()
    session.initialize(app)
    assert app._session is session and session.secret_key == KEY
    session.initialize(app, secret_key='other', cookie_options={'path': '/x'}, lifetime=5)
    assert (session.secret_key, session.cookie_options['path'], session.lifetime) == ('other', '/x', 5)
    session.initialize(app)
    assert (session.secret_key, session.cookie_options['path'], session.lifetime) == ('other', '/x', 5)


@both
async def test_without_a_key_there_is_an_error_that_says_so(flavour):
    app = app_with(flavour, secret_key=None)
    messages = []

    @app.errorhandler(ValueError)
    def error(request, exc):
        messages.append(str(exc))
        return 'no key', 500

    assert (await flavour.get(app, '/')).text == 'no key'
    assert (await flavour.get(flavour_app_without_session(flavour), '/')).status_code == 500
    assert messages == ['no secret key: Session(app, secret_key=...)']
    assert (await flavour.get(app, '/delete')).text == 'no key'


def test_empty_keys_are_none():
    for key in ('', b'', [], [KEY, ''], (None,)):
        with raises(ValueError, 'no secret key'):
            Session(secret_key=key).decode(encode({'a': 1}, ''))


def flavour_app_without_session(flavour):
    app = flavour.app()

    @app.get('/')
    @with_session
    def index(request, session):
        return 'never'

    return app


@both
async def test_session_that_is_too_long_for_browsers_is_an_error(flavour):
    app = app_with(flavour)

    @app.get('/long')
    @with_session
    def long(request, session):
        session['x'] = 'x' * 4000
        session.save()
        return 'ok'

    res = await flavour.get(app, '/long')
    assert res.status_code == 500
    assert 'Set-Cookie' not in res.headers


@both
async def test_encode_and_decode_with_a_key_of_their_own(flavour):
    session = app_with(flavour).sessions
    assert session.decode(session.encode({'a': 1})) == {'a': 1}
    assert session.decode(session.encode({'a': 1}, OTHER), OTHER) == {'a': 1}
    assert session.decode(session.encode({'a': 1}, OTHER)) == {}


@both
async def test_methods_of_the_extension(flavour):
    app = app_with(flavour)

    @app.get('/methods')
    def methods(request):
        session = app.sessions.get(request)
        assert app.sessions.get(request) is session
        app.sessions.update(request, {'replaced': True})
        assert app.sessions.get(request) == {'replaced': True}
        return 'ok'

    (cookie,) = await cookies_of(flavour, app, '/methods')
    assert decode(cookie[8:].partition(';')[0], KEY) == {'replaced': True}


@both
async def test_functions_of_microdot_1(flavour):
    app = flavour.app()

    @app.get('/')
    def index(request):
        session = get_session(request)
        assert get_session(request) is session
        session['n'] = session.get('n', 0) + 1
        update_session(request, session)
        return str(session['n'])

    @app.get('/decorated')
    @with_session
    def decorated(request, session):
        return str(session['n'])

    @app.get('/new')
    def new(request):
        update_session(request, {'n': 10})
        return str(get_session(request)['n'])

    @app.get('/delete')
    def delete(request):
        delete_session(request)
        return 'deleted'

    client = flavour.client(app)

    async def text_of(path):
        return (await flavour.finish(client.get(path))).text

    assert (await flavour.finish(client.get('/'))).status_code == 500
    assert (await flavour.finish(client.get('/new'))).status_code == 500
    assert await text_of('/delete') == 'deleted'
    set_session_secret_key(OTHER)
    try:
        for n in range(1, 4):
            assert await text_of('/') == str(n)
        assert await text_of('/decorated') == '3'
        assert await text_of('/new') == '10'
        assert await text_of('/') == '11'
        assert await text_of('/delete') == 'deleted'
        assert 'session' not in client.cookies
        assert await text_of('/') == '1'
    finally:
        set_session_secret_key(None)
