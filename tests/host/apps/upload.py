"""Takes uploads from a real client; runs on CPython and MicroPython: upload.py sync|asyncio PORT"""

import hashlib
import sys

from microdot.multipart import FormDataIter, with_form_data

flavour, port = sys.argv[1:3]
if flavour == 'asyncio':
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

app = Microdot()
app.request_class.max_content_length = 10 << 20


def hexdigest(digest):
    return ''.join(['%02x' % byte for byte in digest.digest()])


if flavour == 'asyncio':

    @app.post('/stream')
    async def stream(request):
        seen = []
        async for name, value in FormDataIter(request):
            if isinstance(value, str):
                seen.append([name, value])
                continue
            digest = hashlib.sha256()
            while True:
                data = await value.read(1000)
                if not data:
                    break
                digest.update(data)
            seen.append([name, value.filename, value.content_type, hexdigest(digest)])
        return seen

    @app.post('/form')
    @with_form_data
    async def form(request):
        sizes = {}
        for name in request.files:
            sizes[name] = len(await request.files[name].read())
        return {'form': request.form, 'files': sizes}
else:

    @app.post('/stream')
    def stream(request):
        seen = []
        for name, value in FormDataIter(request):
            if isinstance(value, str):
                seen.append([name, value])
                continue
            digest = hashlib.sha256()
            while True:
                data = value.read(1000)
                if not data:
                    break
                digest.update(data)
            seen.append([name, value.filename, value.content_type, hexdigest(digest)])
        return seen

    @app.post('/form')
    @with_form_data
    def form(request):
        sizes = {}
        for name in request.files:
            sizes[name] = len(request.files[name].read())
        return {'form': request.form, 'files': sizes}


app.run('127.0.0.1', int(port))
