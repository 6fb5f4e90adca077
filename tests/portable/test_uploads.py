"""Routes that take multipart forms, in both flavours."""

import os

from flavours import both, limits
from microdot.multipart import FileUpload, FormDataIter, with_form_data
from portable import folder

BOUNDARY = 'boundary'


def form_data(*fields):
    """A body of (name, value) fields and (name, filename, content type, data) files."""
    body = b''
    for field in fields:
        name, value = field[0], field[-1]
        body += b'--boundary\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        if len(field) > 2:
            body += b'; filename="' + field[1].encode() + b'"\r\nContent-Type: ' + field[2].encode()
        body += b'\r\n\r\n' + (value if isinstance(value, bytes) else value.encode()) + b'\r\n'
    return body + b'--boundary--\r\n'


FIELDS = (
    ('name', 'value'),
    ('f', '../evil.txt', 'text/plain', b'small'),
    ('name', 'last'),
    ('big', 'big.bin', 'application/x-big', bytes(range(256)) * 8),
    ('\u20ac', '\xe9'),
)


async def post(flavour, app, body, content_type='multipart/form-data; boundary=boundary'):
    return await flavour.request(app, 'POST', '/', {'Content-Type': content_type} if content_type else {}, body)


def temporary_files(where):
    return [name for name in os.listdir(where) if name.startswith('upload-')]


@both
async def test_form_and_files(flavour):
    app = flavour.app()
    where = FileUpload.folder = folder()
    seen = {}

    async def take(request, read):
        seen['form'] = request.form
        for name in request.files:
            file = request.files[name]
            seen[name] = (file.filename, file.content_type, await read(file))
        seen['temporary'] = len(temporary_files(where))
        return 'ok'

    if flavour.is_async:

        @app.post('/')
        @with_form_data
        async def index(request):
            async def read(file):
                return await file.read()

            return await take(request, read)
    else:
        from microdot.compat import drive

        @app.post('/')
        @with_form_data
        def index(request):
            async def read(file):
                return file.read()

            return drive(take(request, read))

    try:
        assert (await post(flavour, app, form_data(*FIELDS))).text == 'ok'
    finally:
        FileUpload.folder = '.'
    assert seen == {
        'form': {'name': 'last', '\u20ac': '\xe9'},
        'f': ('evil.txt', 'text/plain', b'small'),
        'temporary': 1,
        'big': ('big.bin', 'application/x-big', bytes(range(256)) * 8),
    }
    assert temporary_files(where) == []


@both
async def test_temporary_files_go_when_the_handler_or_the_body_fails(flavour):
    app = flavour.app()
    where = FileUpload.folder = folder()

    @app.post('/')
    @with_form_data
    def index(request):
        assert len(temporary_files(where)) == 1
        raise ZeroDivisionError('a test of an error in a handler')

    try:
        assert (await post(flavour, app, form_data(*FIELDS))).status_code == 500
        assert temporary_files(where) == []
        assert (await post(flavour, app, form_data(*FIELDS)[:-60])).status_code == 400
        assert temporary_files(where) == []
        twice = form_data(FIELDS[3], FIELDS[3])
        assert (await post(flavour, app, twice)).status_code == 500
        assert temporary_files(where) == []
    finally:
        FileUpload.folder = '.'


@both
async def test_other_bodies_are_left_alone(flavour):
    app = flavour.app()

    @app.route('/', methods=['GET', 'POST'])
    @with_form_data
    def index(request):
        return {'form': request.form, 'files': request.files}

    assert (await flavour.get(app, '/')).json == {'form': None, 'files': None}
    res = await post(flavour, app, b'a=b', 'application/x-www-form-urlencoded')
    assert res.json == {'form': {'a': ['b']}, 'files': None}
    assert (await post(flavour, app, b'x', None)).json == {'form': None, 'files': None}


@both
async def test_malformed_bodies_are_bad_requests(flavour):
    app = flavour.app()

    @app.post('/')
    @with_form_data
    def index(request):
        return 'ok'

    good = form_data(('a', 'b'))
    assert (await post(flavour, app, good)).status_code == 200
    for body, content_type in (
        (good[:-10], 'multipart/form-data; boundary=boundary'),
        (good, 'multipart/form-data'),
        (good, 'multipart/form-data; boundary=other'),
        (b'', 'multipart/form-data; boundary=boundary'),
        (good.replace(b'name=', b'nome='), 'multipart/form-data; boundary=boundary'),
    ):
        assert (await post(flavour, app, body, content_type)).status_code == 400
    long = form_data(('a', 'x' * (FormDataIter.max_field_length + 1)))
    assert (await post(flavour, app, long)).status_code == 413
    many = form_data(*[('a', '')] * (FormDataIter.max_parts + 1))
    assert (await post(flavour, app, many)).status_code == 413


@both
async def test_parts_as_they_arrive(flavour):
    app = flavour.app()
    seen = []
    if flavour.is_async:

        @app.post('/')
        async def index(request):
            async for name, value in FormDataIter(request):
                seen.append((name, value if isinstance(value, str) else await value.read(3)))
            return 'ok'
    else:

        @app.post('/')
        def index(request):
            for name, value in FormDataIter(request):
                seen.append((name, value if isinstance(value, str) else value.read(3)))
            return 'ok'

    assert (await post(flavour, app, form_data(*FIELDS))).text == 'ok'
    assert seen == [('name', 'value'), ('f', b'sma'), ('name', 'last'), ('big', b'\0\1\2'), ('\u20ac', '\xe9')]


@both
async def test_bodies_that_are_not_loaded_are_streamed(flavour):
    app = flavour.app()
    sizes = []

    async def count(file, read):
        size = 0
        while True:
            data = await read(file, 500)
            assert len(data) <= 500
            if not data:
                return size
            size += len(data)

    if flavour.is_async:

        @app.post('/')
        async def index(request):
            async def read(file, n):
                return await file.read(n)

            assert request.body == b''
            async for name, file in FormDataIter(request):
                sizes.append(await count(file, read))
            return 'ok'
    else:
        from microdot.compat import drive

        @app.post('/')
        def index(request):
            async def read(file, n):
                return file.read(n)

            assert request.body == b''
            for name, file in FormDataIter(request):
                sizes.append(drive(count(file, read)))
            return 'ok'

    with limits(max_body_length=1000, max_content_length=100000):
        res = await post(flavour, app, form_data(('a', 'a', 'text/plain', bytes(7000)), ('b', 'b', 'text/plain', b'')))
    assert res.text == 'ok' and sizes == [7000, 0]


@both
async def test_save(flavour):
    app = flavour.app()
    where = folder()
    if flavour.is_async:

        @app.post('/')
        @with_form_data
        async def index(request):
            for name in request.files:
                await request.files[name].save(where + '/' + name)
            return 'ok'
    else:

        @app.post('/')
        @with_form_data
        def index(request):
            for name in request.files:
                request.files[name].save(where + '/' + name)
            return 'ok'

    FileUpload.folder = where
    try:
        await post(flavour, app, form_data(*FIELDS))
    finally:
        FileUpload.folder = '.'
    with open(where + '/f', 'rb') as file:
        assert file.read() == b'small'
    with open(where + '/big', 'rb') as file:
        assert file.read() == bytes(range(256)) * 8
