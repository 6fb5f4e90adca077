"""Answers a browser's request over streams in memory, again and again: bench_alone.py FLAVOUR TIMES."""
import asyncio
import sys

if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

# what Chromium sends to a device it has been to before
REQUEST = b'\r\n'.join((
    b'GET /resource10/7 HTTP/1.1',
    b'Host: 192.168.4.1:5000',
    b'Connection: keep-alive',
    b'Cache-Control: max-age=0',
    b'DNT: 1',
    b'Upgrade-Insecure-Requests: 1',
    b'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    b'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
    b'Referer: http://192.168.4.1:5000/',
    b'Accept-Encoding: gzip, deflate',
    b'Accept-Language: en-US,en;q=0.9',
    b'Cookie: theme=dark',
    b'', b''))


class Stream:
    """A client's two streams in one: sends REQUEST once and remembers the last it was sent."""
    def __init__(self):
        self.pos = 0
        self.sent = b''

    def get_extra_info(self, name):
        return '192.168.4.2', 40000

    async def read(self, n):
        data = REQUEST[self.pos:self.pos + n]
        self.pos += len(data)
        return data

    async def readline(self):
        start = self.pos
        self.pos = REQUEST.find(b'\n', start) + 1
        return REQUEST[start:self.pos]

    async def awrite(self, data):
        self.sent = data

    async def aclose(self):
        pass

    def close(self):
        pass


app = Microdot()


def add(i):
    @app.get('/resource%d/<int:id>' % i)
    async def resource(request, id):
        return 'resource %d' % id


for i in range(20):
    add(i)


async def main():
    for _ in range(int(sys.argv[2])):
        stream = Stream()
        await app.handle_request(stream, stream)
        if not stream.sent.endswith(b'resource 7'):
            raise ValueError(stream.sent)


asyncio.run(main())
