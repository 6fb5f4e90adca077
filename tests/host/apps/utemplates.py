"""Renders templates in every way that microdot.utemplate has, and prints what comes out; on CPython and MicroPython."""

import asyncio
import json

from microdot.utemplate import Template, init_templates, render_template


async def collect(iterator):
    pieces = []
    async for piece in iterator:
        pieces.append(piece)
    return pieces


def answers(flavour):
    if flavour == 'asyncio':
        from microdot.asyncio import Microdot
        from microdot.asyncio.test_client import TestClient
    else:
        from microdot import Microdot
        from microdot.test_client import TestClient
    app = Microdot()

    @app.get('/')
    def index(request):
        return render_template('hello.txt', name='foo')

    @app.get('/async')
    async def render_async(request):
        return await Template('hello.txt').render_async(name='foo')

    @app.get('/iterator')
    async def iterator(request):
        return Template('hello.txt').generate_async(name='foo')

    async def texts():
        client = TestClient(app)
        paths = ['/', '/async', '/iterator'] if flavour == 'asyncio' else ['/', '/async']
        results = [client.get(path) for path in paths]
        found = []
        for result in results:
            found.append((await result if flavour == 'asyncio' else result).text)
        return found

    return asyncio.run(texts())


report = {
    'default': list(render_template('hello.txt', 'foo')),
    'name': Template('hello.txt').name,
    'render': Template('hello.txt').render('foo'),
    'async': asyncio.run(collect(Template('hello.txt').generate_async('foo'))),
    'sync app': answers('sync'),
    'asyncio app': answers('asyncio'),
    'escaped': Template('escaped.html').render('<b>"it\'s" & so'),
}
init_templates('other')
report['other'] = Template('hello.txt').render('foo')
from utemplate.compiled import Loader  # noqa: E402

Template.initialize('templates', loader_class=Loader)
report['compiled'] = Template('hello.txt').render('foo')
print(json.dumps(report))
