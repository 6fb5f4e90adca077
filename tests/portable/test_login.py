"""User login in both flavours."""

from flavours import both
from microdot.jwt_hs256 import decode, encode, unix_time
from microdot.login import Login
from microdot.session import Session, with_session
from portable import parametrize

KEY = 'a secret of thirty-two characters'


class User:
    def __init__(self, id, name):
        self.id = id
        self.name = name


USERS = {'1': User('1', 'susan'), 7: User(7, 'joe')}


def app_with(flavour, **options):
    app = flavour.app()
    Session(app, secret_key=KEY, **options)
    login = app.login = Login()

    if flavour.is_async:

        @login.user_loader
        async def load(user_id):
            return USERS.get(user_id)

        @app.get('/login/<int:user>/<int:remember>')
        async def log_in(request, user, remember):
            return await login.login_user(request, USERS.get(user) or USERS[str(user)], remember=remember)

        @app.get('/forget')
        async def forget(request):
            await login.logout_user(request)
            return 'bye'

        @app.get('/whoami')
        async def whoami(request):
            user = await login.get_current_user(request)
            return user.name if user else 'nobody'
    else:

        @login.user_loader
        def load(user_id):
            return USERS.get(user_id)

        @app.get('/login/<int:user>/<int:remember>')
        def log_in(request, user, remember):
            return login.login_user(request, USERS.get(user) or USERS[str(user)], remember=remember)

        @app.get('/forget')
        def forget(request):
            login.logout_user(request)
            return 'bye'

        @app.get('/whoami')
        def whoami(request):
            user = login.get_current_user(request)
            return user.name if user else 'nobody'

    @app.get('/')
    @login
    def index(request):
        return request.g.current_user.name

    @app.get('/fresh')
    @login.fresh
    def fresh(request):
        return 'fresh ' + request.g.current_user.name

    @app.get('/other')
    @with_session
    def other(request, session):
        session['other'] = 'data'
        session.save()
        return str(dict(session.items()))

    return app


class Browser:
    def __init__(self, flavour, app, **kwargs):
        self.client = flavour.client(app, **kwargs)
        self.cookies = self.client.cookies
        self._flavour = flavour

    async def get(self, path):
        return await self._flavour.finish(self.client.get(path))

    async def text(self, path):
        return (await self.get(path)).text


@both
async def test_login_and_logout(flavour):
    browser = Browser(flavour, app_with(flavour))
    res = await browser.get('/')
    assert (res.status_code, res.headers['Location']) == (302, '/login?next=/')
    assert await browser.text('/whoami') == 'nobody'
    res = await browser.get('/login/1/0')
    assert (res.status_code, res.headers['Location']) == (302, '/')
    assert await browser.text('/') == 'susan'
    assert await browser.text('/fresh') == 'fresh susan'
    assert await browser.text('/whoami') == 'susan'
    assert '_remember' not in browser.cookies
    assert await browser.text('/forget') == 'bye'
    assert (await browser.get('/')).status_code == 302
    assert await browser.text('/whoami') == 'nobody'


@both
async def test_redirect_carries_the_whole_url(flavour):
    res = await Browser(flavour, app_with(flavour)).get('/?foo=bar')
    assert res.headers['Location'] == '/login?next=/%3Ffoo%3Dbar'


@parametrize(
    'url, ok',
    (
        ('/somewhere?a=b', True),
        ('/', True),
        ('//evil.com', False),
        ('/\\evil.com', False),
        ('http://evil.com', False),
        ('/\t/evil.com', False),
        ('/ok\r\nX: y', False),
        ('javascript:alert(1)', False),
        ('evil.com', False),
        ('', False),
    ),
)
async def test_redirect_after_login_stays_on_this_site(url, ok):
    from flavours import SYNC
    from microdot.urlcode import urlencode

    res = await Browser(SYNC, app_with(SYNC)).get('/login/1/0?next=' + urlencode(url))
    assert res.headers['Location'] == (url if ok else '/')


@both
async def test_redirect_url_of_the_application(flavour):
    app = app_with(flavour)
    login = app.login
    if flavour.is_async:

        @app.get('/in')
        async def log_in(request):
            return await login.login_user(request, USERS[7], redirect_url='/home')
    else:

        @app.get('/in')
        def log_in(request):
            return login.login_user(request, USERS[7], redirect_url='/home')

    browser = Browser(flavour, app)
    assert (await browser.get('/in')).headers['Location'] == '/home'
    assert (await browser.get('/in?next=/x')).headers['Location'] == '/x'
    assert (await browser.get('/in?next=//x')).headers['Location'] == '/home'


@both
async def test_other_session_data_survives(flavour):
    browser = Browser(flavour, app_with(flavour))
    await browser.get('/other')
    await browser.get('/login/7/0')
    await browser.get('/forget')
    assert await browser.text('/other') == str({'other': 'data'})


@both
async def test_remembered_user_is_logged_in_but_not_fresh(flavour):
    app = app_with(flavour)
    browser = Browser(flavour, app)
    res = await browser.get('/login/7/90')
    cookie = [cookie for cookie in res.headers['Set-Cookie'] if cookie.startswith('_remember=')][0]
    value, _, attributes = cookie.partition('; ')
    assert attributes == 'Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax'
    token = decode(value.partition('=')[2], KEY)
    assert (token['user_id'], token['days']) == (7, 90)
    assert abs(token['exp'] - unix_time() - 90 * 86400) <= 2
    del browser.cookies['session']
    res = await browser.get('/')
    assert res.text == 'joe'
    assert 'Max-Age=7776000' in [cookie for cookie in res.headers['Set-Cookie'] if cookie.startswith('_remember=')][0]
    assert 'session' in browser.cookies
    assert await browser.text('/') == 'joe'
    assert (await browser.get('/fresh')).headers['Location'] == '/login?next=/fresh'
    await browser.get('/login/7/0')
    assert await browser.text('/fresh') == 'fresh joe'


@both
async def test_remember_is_30_days_where_no_number_is_given(flavour):
    app = app_with(flavour)
    login = app.login
    if flavour.is_async:

        @app.get('/in')
        async def log_in(request):
            return await login.login_user(request, USERS[7], remember=True)
    else:

        @app.get('/in')
        def log_in(request):
            return login.login_user(request, USERS[7], remember=True)

    res = await Browser(flavour, app, scheme='https').get('/in')
    cookie = [cookie for cookie in res.headers['Set-Cookie'] if cookie.startswith('_remember=')][0]
    assert cookie.partition('; ')[2] == 'Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax'


@both
async def test_logout_forgets_the_remembered_user(flavour):
    browser = Browser(flavour, app_with(flavour))
    await browser.get('/login/1/5')
    await browser.get('/forget')
    assert '_remember' not in browser.cookies
    del browser.cookies['session']
    assert (await browser.get('/')).status_code == 302


@both
async def test_unknown_user_is_not_logged_in(flavour):
    app = app_with(flavour)
    for cookies in (
        {'session': encode({'_user_id': 'gone', '_fresh': True}, KEY)},
        {'_remember': encode({'user_id': 'gone', 'days': 3, 'exp': unix_time() + 50}, KEY)},
    ):
        assert (await Browser(flavour, app, cookies=cookies).get('/')).status_code == 302


@both
async def test_tokens_that_do_not_remember(flavour):
    app = app_with(flavour)
    good = {'user_id': 7, 'days': 3, 'exp': unix_time() + 50}
    assert await Browser(flavour, app, cookies={'_remember': encode(good, KEY)}).text('/') == 'joe'
    for token in (
        encode(good, 'other key'),
        encode(dict(good, exp=5), KEY),
        'x',
        '',
        encode({'user_id': 7}, KEY),
        encode(dict(good, more=1), KEY),
    ):
        assert (await Browser(flavour, app, cookies={'_remember': token}).get('/')).status_code == 302


@both
async def test_login_url(flavour):
    app = flavour.app()
    Session(app, secret_key=KEY)
    login = Login(login_url='/sign-in')

    @app.get('/')
    @login
    def index(request):
        return 'never'

    assert (await Browser(flavour, app).get('/')).headers['Location'] == '/sign-in?next=/'
