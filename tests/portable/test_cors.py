"""CORS in both flavours: which headers which request gets."""

from flavours import both
from microdot.cors import CORS

FOO = 'https://example.com'


def app_with(flavour, **options):
    app = flavour.app()
    app.cors = CORS(app, **options)

    @app.get('/')
    def index(request):
        return 'foo'

    @app.get('/vary')
    def vary(request):
        return 'foo', {'Vary': 'X-Foo, X-Bar'}

    @app.post('/')
    def post(request):
        return 'bar'

    @app.get('/fail')
    def fail(request):
        raise ValueError('a test of an error')

    return app


def merge(*dicts):
    merged = {}
    for d in dicts:
        merged.update(d)
    return merged


async def cors_headers(flavour, app, origin=None, method='GET', path='/', **headers):
    """The headers of a response that CORS is about, the prefix left out."""
    sent = {name.replace('_', '-'): headers[name] for name in headers}
    if origin:
        sent['Origin'] = origin
    res = await flavour.request(app, method, path, sent)
    names = {name.lower(): name for name in res.headers}
    return {
        name.replace('access-control-', ''): res.headers[names[name]]
        for name in names
        if name == 'vary' or name.startswith('access-control-')
    }


@both
async def test_any_origin(flavour):
    app = app_with(flavour, allowed_origins='*', expose_headers=['X-Test', 'X-Other'])
    exposed = {'expose-headers': 'X-Test, X-Other'}
    assert await cors_headers(flavour, app) == merge(exposed, {'allow-origin': '*'})
    assert await cors_headers(flavour, app, FOO) == merge(exposed, {'allow-origin': FOO, 'vary': 'Origin'})
    app.cors.expose_headers = None
    assert await cors_headers(flavour, app, FOO, 'POST') == {'allow-origin': FOO, 'vary': 'Origin'}


@both
async def test_listed_origins_match_exactly(flavour):
    app = app_with(flavour, allowed_origins=[FOO, 'https://b.example.com'])
    assert await cors_headers(flavour, app, FOO) == {'allow-origin': FOO, 'vary': 'Origin'}
    for origin in (
        None,
        'null',
        'http://example.com',
        'https://example.com:8000',
        'https://example.co',
        'https://a.example.com',
    ):
        assert await cors_headers(flavour, app, origin) == {}


@both
async def test_one_origin_can_do_without_a_list(flavour):
    app = app_with(flavour, allowed_origins='https://example.com')
    assert (await cors_headers(flavour, app, 'https://example.com'))['allow-origin'] == 'https://example.com'
    for origin in (None, 'https://example.co', 'e'):
        assert await cors_headers(flavour, app, origin) == {}


@both
async def test_no_origins_are_allowed_by_default(flavour):
    assert await cors_headers(flavour, app_with(flavour), FOO) == {}


@both
async def test_credentials_only_with_an_allowed_origin(flavour):
    app = app_with(flavour, allowed_origins=[FOO], allow_credentials=True)
    assert await cors_headers(flavour, app, FOO) == {'allow-origin': FOO, 'vary': 'Origin', 'allow-credentials': 'true'}
    assert await cors_headers(flavour, app, 'https://other.com') == {}
    app.cors.allow_credentials = False
    assert await cors_headers(flavour, app, FOO) == {'allow-origin': FOO, 'vary': 'Origin'}


@both
async def test_vary_of_the_application_is_kept(flavour):
    app = app_with(flavour, allowed_origins='*')
    assert (await cors_headers(flavour, app, FOO, path='/vary'))['vary'] == 'X-Foo, X-Bar, Origin'


@both
async def test_preflight(flavour):
    app = app_with(flavour, allowed_origins=[FOO], allowed_methods=['POST', 'DELETE'], max_age=10)
    asked = {'Access_Control_Request_Method': 'POST', 'Access_Control_Request_Headers': 'X-Test, X-Test2'}
    res = await flavour.request(app, 'OPTIONS', '/', {'Origin': FOO, 'Access-Control-Request-Method': 'POST'})
    assert res.status_code == 200 and res.headers['Allow'] == 'GET, POST, HEAD, OPTIONS'
    base = {'allow-origin': FOO, 'vary': 'Origin', 'max-age': '10'}
    assert await cors_headers(flavour, app, FOO, 'OPTIONS', **asked) == merge(
        base, {'allow-methods': 'POST', 'allow-headers': 'X-Test, X-Test2'}
    )
    asked['Access_Control_Request_Method'] = 'post'
    assert (await cors_headers(flavour, app, FOO, 'OPTIONS', **asked))['allow-methods'] == 'POST'
    asked['Access_Control_Request_Method'] = 'PUT'
    assert 'allow-methods' not in await cors_headers(flavour, app, FOO, 'OPTIONS', **asked)
    app.cors.allowed_methods = None
    assert (await cors_headers(flavour, app, FOO, 'OPTIONS', **asked))['allow-methods'] == 'PUT'
    assert await cors_headers(flavour, app, FOO, 'OPTIONS') == base


@both
async def test_preflight_headers_are_those_allowed_in_the_clients_spelling(flavour):
    app = app_with(flavour, allowed_origins='*', allowed_headers=['X-Test', 'x-other'])

    async def allowed(names):
        headers = await cors_headers(flavour, app, FOO, 'OPTIONS', Access_Control_Request_Headers=names)
        return headers['allow-headers']

    assert await allowed('X-Test') == 'X-Test'
    assert await allowed('x-test,X-Bad , X-OTHER') == 'x-test, X-OTHER'
    assert await allowed('X-Bad') == ''


@both
async def test_errors_have_the_headers_too(flavour):
    app = app_with(flavour, allowed_origins='*')
    for method, path in (('GET', '/nothing'), ('PUT', '/'), ('GET', '/fail'), ('OPTIONS', '/nothing')):
        assert await cors_headers(flavour, app, FOO, method, path) == {'allow-origin': FOO, 'vary': 'Origin'}


@both
async def test_malformed_request_is_answered(flavour):
    from transports import Pieces

    transport = Pieces([b'nonsense\r\n\r\n'])
    await flavour.serve(app_with(flavour, allowed_origins='*'), transport)
    assert transport.sent.startswith(b'HTTP/1.1 400 ')


@both
async def test_own_options_route_has_the_headers(flavour):
    app = app_with(flavour, allowed_origins='*')

    @app.route('/own', methods=['OPTIONS'])
    def own(request):
        return 'mine'

    assert await cors_headers(flavour, app, FOO, 'OPTIONS', '/own') == {'allow-origin': FOO, 'vary': 'Origin'}
    app.options_handler = None
    assert await cors_headers(flavour, app, FOO, 'OPTIONS', '/') == {'allow-origin': FOO, 'vary': 'Origin'}


@both
async def test_headers_by_hand(flavour):
    app = app_with(flavour, allowed_origins=[FOO], handle_cors=False)

    @app.get('/by-hand')
    def by_hand(request):
        return '', app.cors.get_cors_headers(request)

    assert await cors_headers(flavour, app, FOO) == {}
    assert await cors_headers(flavour, app, FOO, path='/by-hand') == {'allow-origin': FOO, 'vary': 'Origin'}


@both
async def test_in_two_steps(flavour):
    cors = CORS(allowed_origins=[FOO], allow_credentials=True)
    app = flavour.app()
    cors.initialize(app)
    assert await cors_headers(flavour, app, FOO) == {'allow-origin': FOO, 'vary': 'Origin', 'allow-credentials': 'true'}
