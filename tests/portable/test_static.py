"""Static files in both flavours, from a folder and from frozen assets."""

import os
import sys

from flavours import both
from microdot.static import StaticFiles
from portable import folder, parametrize

# gzip of b'<h1>hello</h1>' * 20, with the small window that the device unpacks
PLAIN = b'<h1>hello</h1>' * 20


def gzipped(data):
    """A gzip file that stores its data as it is."""
    import binascii

    size = len(data)
    return (
        b'\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01'
        + size.to_bytes(2, 'little')
        + (size ^ 0xFFFF).to_bytes(2, 'little')
        + data
        + binascii.crc32(data).to_bytes(4, 'little')
        + size.to_bytes(4, 'little')
    )


FILES = {
    'index.html': b'<index>',
    'site.css': b'body {}',
    'page.html': PLAIN,
    'page.html.gz': gzipped(PLAIN),
    'sub/index.html': b'<sub>',
    'sub/deep/data.json': b'{}',
    '.secret': b'no',
    'sub/.git': b'no',
    'noext': b'?',
}


def make_folder():
    """A folder with FILES in it, and a file beside it that nobody may see."""
    parent = folder()
    root = parent + '/site'
    for path in ('', '/sub', '/sub/deep'):
        try:
            os.mkdir(root + path)
        except OSError:
            pass
    for name in FILES:
        write(root + '/' + name, FILES[name])
    write(parent + '/outside.txt', b'no')
    return root


def write(path, data):
    with open(path, 'wb') as file:
        file.write(data)


def make_assets(name):
    """A package with the same files as they are frozen; returns its name."""
    root = folder()
    try:
        os.mkdir(root + '/' + name)
    except OSError:
        pass
    types = {'html': 'text/html', 'css': 'text/css', 'json': 'application/json'}
    table = {}
    for path in FILES:
        if not path.endswith('.gz') and not path.split('/')[-1].startswith('.'):
            gz = path + '.gz' in FILES
            data = FILES[path + '.gz'] if gz else FILES[path]
            table[path] = (
                data,
                types.get(path.split('.')[-1], 'application/octet-stream'),
                '"tag-%d"' % len(data),
                'gzip' if gz else '',
            )
    write(root + '/' + name + '/_frozen.py', ('FILES = ' + repr(table)).encode())
    sys.path.insert(0, root)
    return name


def sources():
    """Where the files come from, as arguments for StaticFiles."""
    return [make_folder(), make_assets('frozen_site')]


@both
async def test_files_types_and_sizes(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        for path, content_type in (
            ('site.css', 'text/css'),
            ('sub/deep/data.json', 'application/json'),
            ('noext', 'application/octet-stream'),
            ('page.html', 'text/html'),
        ):
            res = await flavour.get(app, '/static/' + path)
            assert (res.status_code, res.body, res.headers['Content-Type']) == (200, FILES[path], content_type), path
        assert (await flavour.get(app, '/static/site.css')).headers['Content-Length'] == '7'


@both
async def test_folders_show_their_index(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source, url_prefix='/files')
        assert (await flavour.get(app, '/files/')).body == b'<index>'
        assert (await flavour.get(app, '/files/sub/')).body == b'<sub>'
        assert (await flavour.get(app, '/files/sub/deep/')).status_code == 404
        res = await flavour.get(app, '/files/sub?a=b')
        assert (res.status_code, res.headers['Location']) == (301, '/files/sub/?a=b')


@parametrize(
    'path',
    (
        'nothing',
        '../outside.txt',
        '%2e%2e/outside.txt',
        '..%2foutside.txt',
        'sub/../../outside.txt',
        '.secret',
        'sub/.git',
        '/etc/passwd',
        '//etc/passwd',
        '%2fetc%2fpasswd',
        'sub//index.html',
        'sub/./index.html',
        '..\\outside.txt',
        'site.css%00',
        'c:/x',
        'site.css/',
        'site.css/x',
        '%ff',
    ),
)
async def test_nothing_else_can_be_reached(path):
    from flavours import SYNC

    for source in sources():
        app = SYNC.app()
        StaticFiles(app, source)
        assert (await SYNC.get(app, '/static/' + path)).status_code == 404


@both
async def test_gzip_for_those_who_accept_it(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        for accepted, ok in (
            ('gzip', True),
            ('br, GZIP;q=0.5', True),
            ('*', True),
            ('gzip; q=0', False),
            ('gzip;q=0.0', False),
            ('br', False),
            ('identity', False),
            ('', False),
        ):
            res = await flavour.get(app, '/static/page.html', {'Accept-Encoding': accepted})
            assert res.headers.get('Content-Encoding') == ('gzip' if ok else None), accepted
            assert res.body == (FILES['page.html.gz'] if ok else PLAIN)
            assert res.headers['Vary'] == 'Accept-Encoding'
            assert res.headers['Content-Type'] == 'text/html'
        assert 'Vary' not in (await flavour.get(app, '/static/site.css')).headers


@both
async def test_what_the_client_has_is_not_sent_again(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        for headers in ({}, {'Accept-Encoding': 'gzip'}):
            res = await flavour.get(app, '/static/site.css', headers)
            again = await flavour.get(app, '/static/site.css', dict(headers, **{'If-None-Match': res.headers['ETag']}))
            assert (again.status_code, again.body) == (304, b'')
            other = await flavour.get(app, '/static/site.css', dict(headers, **{'If-None-Match': '"other"'}))
            assert other.status_code == 200


@both
async def test_etags_of_a_file_and_its_gzipped_form_differ(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        plain = await flavour.get(app, '/static/page.html')
        packed = await flavour.get(app, '/static/page.html', {'Accept-Encoding': 'gzip'})
        assert plain.headers.get('ETag') != packed.headers['ETag']


@both
async def test_ranges(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        res = await flavour.get(app, '/static/site.css', {'Range': 'bytes=2-4'})
        assert (res.status_code, res.body, res.headers['Content-Range']) == (206, b'dy ', 'bytes 2-4/7')
        assert (await flavour.get(app, '/static/site.css', {'Range': 'bytes=9-'})).status_code == 416
        assert (await flavour.get(app, '/static/site.css', {'Range': 'bytes=0-' + '9' * 99})).status_code == 200


@both
async def test_max_age(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source, max_age=60)
        assert (await flavour.get(app, '/static/site.css')).headers['Cache-Control'] == 'max-age=60'
        assert (await flavour.get(app, '/static/page.html', {'Accept-Encoding': 'gzip'})).headers[
            'Cache-Control'
        ] == 'max-age=60'


@both
async def test_head_and_other_methods(flavour):
    for source in sources():
        app = flavour.app()
        StaticFiles(app, source)
        res = await flavour.request(app, 'HEAD', '/static/site.css')
        assert (res.status_code, res.headers['Content-Length'], res.body or b'') == (200, '7', b'')
        assert (await flavour.request(app, 'POST', '/static/site.css')).status_code == 405


@both
async def test_in_a_route_of_the_applications_own(flavour):
    for source in sources():
        app = flavour.app()
        files = StaticFiles(folder=source, index='site.css')

        @app.get('/<path:path>')
        async def any_file(request, path):
            return await files.send(request, path)

        assert (await flavour.get(app, '/noext')).body == b'?'
        assert (await flavour.get(app, '/sub/')).status_code == 404
        files.index = 'index.html'
        assert (await flavour.get(app, '/sub/')).body == b'<sub>'
