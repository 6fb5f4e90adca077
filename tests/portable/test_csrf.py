"""CSRF protection in both flavours: which requests pass."""

from flavours import both
from microdot.cors import CORS
from microdot.csrf import CSRF

HOST = 'example.com:1234'  # the test client's


def app_with(flavour, protect_all=True, allow_subdomains=False, origins=None):
    app = flavour.app()
    app.csrf = CSRF(app, CORS(allowed_origins=origins) if origins else None, protect_all, allow_subdomains)

    @app.route('/', methods=['GET', 'POST', 'PUT', 'DELETE', 'QUERY'])
    def index(request):
        return 'ok'

    @app.post('/exempt')
    @app.csrf.exempt
    def exempt(request):
        return 'ok'

    @app.post('/protected')
    @app.csrf.protect
    def protected(request):
        return 'ok'

    return app


async def passes(flavour, app, site=None, origin=None, method='POST', path='/'):
    headers = {}
    if site:
        headers['Sec-Fetch-Site'] = site
    if origin:
        headers['Origin'] = origin
    res = await flavour.request(app, method, path, headers)
    assert res.status_code in (200, 403)
    return res.status_code == 200


@both
async def test_unsafe_methods_of_other_sites_are_refused(flavour):
    app = app_with(flavour)
    for method in ('POST', 'PUT', 'DELETE', 'QUERY', 'post'):
        assert not await passes(flavour, app, 'cross-site', method=method)
        assert await passes(flavour, app, 'same-origin', method=method)
    for method in ('GET', 'HEAD', 'OPTIONS'):
        assert await passes(flavour, app, 'cross-site', method=method)


@both
async def test_sites(flavour):
    app = app_with(flavour)
    assert await passes(flavour, app)
    assert await passes(flavour, app, 'none')
    assert not await passes(flavour, app, 'same-site')
    assert not await passes(flavour, app, 'something-new')
    assert await passes(flavour, app_with(flavour, allow_subdomains=True), 'same-site')
    assert not await passes(flavour, app_with(flavour, allow_subdomains=True), 'cross-site')


@both
async def test_browsers_without_sec_fetch_site_are_judged_by_origin(flavour):
    app = app_with(flavour)
    assert await passes(flavour, app, origin='http://' + HOST)
    for origin in ('http://example.com', 'http://evil.com', 'null', 'http://' + HOST + '.evil.com'):
        assert not await passes(flavour, app, origin=origin)
    assert not await passes(flavour, app, 'cross-site', 'http://' + HOST)


@both
async def test_origins_allowed_by_cors(flavour):
    app = app_with(flavour, origins=['http://foo.com', 'https://bar.com:8888'])
    for origin in ('http://foo.com', 'https://bar.com:8888'):
        assert await passes(flavour, app, 'cross-site', origin)
        assert await passes(flavour, app, origin=origin)
    for origin in (
        'https://foo.com',
        'http://bar.com:8888',
        'https://bar.com',
        'https://x.bar.com:8888',
        'http://x.foo.com',
    ):
        assert not await passes(flavour, app, 'cross-site', origin)
    assert not await passes(flavour, app_with(flavour, origins='*'), 'cross-site', 'http://foo.com')
    one = app_with(flavour, origins='http://foo.com')
    assert await passes(flavour, one, 'cross-site', 'http://foo.com')
    assert not await passes(flavour, one, 'cross-site', 'http://foo.co')


@both
async def test_subdomains_of_origins_allowed_by_cors(flavour):
    app = app_with(flavour, allow_subdomains=True, origins=['http://foo.com', 'https://bar.com:8888'])
    for origin in ('http://x.foo.com', 'https://a.b.bar.com:8888', 'http://foo.com'):
        assert await passes(flavour, app, 'cross-site', origin)
    for origin in ('https://x.foo.com', 'http://xfoo.com', 'http://foo.com.evil.com', 'https://x.bar.com'):
        assert not await passes(flavour, app, 'cross-site', origin)


@both
async def test_exempt_and_protected_routes(flavour):
    assert await passes(flavour, app_with(flavour), 'cross-site', path='/exempt')
    assert not await passes(flavour, app_with(flavour), 'cross-site', path='/protected')
    some = app_with(flavour, protect_all=False)
    assert await passes(flavour, some, 'cross-site')
    assert not await passes(flavour, some, 'cross-site', path='/protected')


@both
async def test_response_names_what_it_depends_on(flavour):
    app = app_with(flavour)
    for site in ('cross-site', 'same-origin'):
        res = await flavour.request(app, 'POST', '/', {'Sec-Fetch-Site': site})
        assert res.headers['Vary'] == 'Sec-Fetch-Site, Origin'
    assert 'Vary' not in (await flavour.get(app, '/')).headers
    assert (await flavour.request(app, 'POST', '/', {'Sec-Fetch-Site': 'cross-site'})).text == 'Forbidden'


@both
async def test_in_two_steps(flavour):
    csrf = CSRF()
    app = flavour.app()
    csrf.initialize(app, cors=CORS(allowed_origins=['http://foo.com']))

    @app.post('/')
    def index(request):
        return 'ok'

    assert await passes(flavour, app, 'cross-site', 'http://foo.com')
    assert not await passes(flavour, app, 'cross-site', 'http://bar.com')
