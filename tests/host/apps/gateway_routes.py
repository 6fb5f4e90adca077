"""The routes that the WSGI and the ASGI application of the gateway tests have in common."""

import os

from microdot.response import abort, send_file


def add_routes(app):
    """Add the routes to an application of either flavour."""
    app.request_class.max_content_length = 1 << 20

    @app.get('/')
    def index(request):
        return 'hello'

    @app.route('/describe', methods=['GET', 'POST'])
    @app.get('/describe/<path:path>')
    def describe(request, path=None):
        return {
            'method': request.method,
            'path': request.path,
            'url': request.url,
            'query': request.query_string,
            'argument': path,
            'args': request.args.get('a'),
            'header': request.headers.get('x-test'),
            'type': request.content_type,
            'length': request.content_length,
            'version': request.http_version,
            'scheme': request.scheme,
            'host': request.headers['Host'],
            'client': request.client_addr[0],
            'cookies': request.cookies,
            'names': sorted(request.headers),
        }

    @app.post('/echo')
    def echo(request):
        return request.body, {'Content-Type': request.content_type or 'text/plain'}

    @app.post('/count')
    async def count(request):
        size = 0
        while data := await request.read(10000):
            size += len(data)
        return str(size)

    @app.get('/chunks')
    def chunks(request):
        return (f'chunk {i}, ' for i in range(5))

    @app.get('/cookies')
    def cookies(request):
        return 'ok', {'Set-Cookie': ['a=1', 'b=2'], 'X-Text': 'caf\xe9', 'X-Number': 5}

    @app.get('/file')
    def file(request):
        return send_file(os.environ['SERVED_FILE'])

    @app.get('/none')
    def none(request):
        return None

    @app.get('/fail')
    def fail(request):
        raise ValueError('a test of an error in a handler')

    @app.get('/abort')
    def aborting(request):
        abort(403)

    @app.get('/bad-header')
    def bad_header(request):
        return 'x', {'X-Bad': 'a\r\nSet-Cookie: b=c'}

    @app.get('/bad-reason')
    def bad_reason(request):
        return 'x', 200, {}, 'OK\r\nSet-Cookie: b=c'

    @app.get('/last')
    def last(request):
        return 'x', 200, {'Connection': 'close'}, 'Sch\xf6n \u20ac'

    @app.get('/shutdown')
    def shutdown(request):
        app.shutdown()
        return 'bye'
