"""A client that sends requests into an application, for tests; no socket is involved."""
import json

from .chunks import encode_chunk, start
from .compat import ticks_add, ticks_diff, ticks_ms
from .connection import Connection
from .errors import fail
from .multidict import NoCaseDict
from .response import Response
from .wire import date_key, now


class MemoryTransport:
    """A transport in memory, of a client that does not look at what it is sent.

    :param data: what to receive.
    """
    def __init__(self, data):
        self.data = data

    def timer(self, ms):
        """Do nothing: nobody is slow in memory."""

    async def recv(self, n):
        data = self.data[:n]
        self.data = self.data[n:]
        return data

    async def send(self, data):
        """Do nothing."""

    def close(self):
        """Do nothing."""


class TestResponse:
    """What an application answered.

    :param res: the response, ``None`` where there is none.
    :param body: the whole of its body, as bytes.

    :var status_code: the status code.
    :var reason: the reason phrase, ``None`` for the standard one.
    :var headers: the headers, a :class:`NoCaseDict`.
    :var body: the body, as bytes; ``None`` when there is none (HEAD, WebSocket).
    :var text: the body as text, ``None`` when it is none.
    :var json: the value of a JSON body, else ``None``.
    :var events: the events of a ``text/event-stream``: dictionaries with
                 ``data`` (bytes), ``data_json``, ``event``, ``event_id`` and
                 ``retry`` (seconds); else ``None``.
    """
    __test__ = False

    status_code = reason = body = text = json = events = None

    def __init__(self, res=None, body=b''):
        self.headers = NoCaseDict()
        if not res:
            return
        res.complete()
        self.headers.update(res.headers)
        self.status_code = res.status_code
        self.reason = res.reason
        if res.is_head:
            return
        self.body = body
        try:
            self.text = body.decode()
        except UnicodeError:
            return
        media_type = res.headers['Content-Type'].split(';')[0]
        if media_type == 'application/json' and body:
            self.json = json.loads(self.text)
        elif media_type == 'text/event-stream':
            self.events = parse_events(body)


def parse_events(body):
    """Parse an event stream into a list of dictionaries; see :class:`TestResponse`."""
    events = []
    for block in body.decode().split('\n\n'):
        fields = {}
        for line in block.split('\n'):
            name, _, value = line.partition(':')
            if value[:1] == ' ':
                value = value[1:]
            if name == 'data' and name in fields:
                value = fields[name] + '\n' + value
            if name:
                fields[name] = value
        if fields:
            data = fields.get('data', '')
            event = {'data': data.encode(), 'data_json': None, 'event': fields.get('event'), 'event_id': fields.get('id'),
                     'retry': int(fields['retry']) / 1000 if 'retry' in fields else None}
            try:
                event['data_json'] = json.loads(data)
            except ValueError:
                pass
            events.append(event)
    return events


def _call(method):
    def send(self, path, headers=None, body=None, **kwargs):
        """Send a request with the method of this name; see :meth:`request`."""
        return self.request(method, path, headers, body, **kwargs)
    return send


class TestClient:
    """A client for an application.

    :param app: the application.
    :param cookies: cookies to begin with: name -> value, or a tuple of value
                    and path.
    :param scheme: scheme of the requests, ``'http'`` if not given.
    :param host: the Host header of the requests.

    The cookies that the application sets are in ``cookies``. For an asyncio application the methods are coroutines.
    """
    __test__ = False

    def __init__(self, app, cookies=None, scheme=None, host=None):
        self.app = app
        self.cookies = cookies if cookies is not None else {}
        self.scheme = scheme or 'http'
        self.host = host or 'example.com:1234'
        self.deadline = {}  # when cookies with a Max-Age end, by name

    def request(self, method, path, headers=None, body=None, sock=None, follow_redirects=False):
        """Send a request.

        :param method: the method.
        :param path: the path, with a query string if there is one.
        :param headers: dictionary of headers.
        :param body: ``str`` or bytes; ``dict`` or ``list`` for JSON; an iterator
                     of bytes to send it in chunks.
        :param sock: what ``request.sock`` is.
        :param follow_redirects: whether to follow redirects to other paths.
        :return: a :class:`TestResponse`.
        """
        return self.app.face(self._repeat(method, path, headers, body, sock, follow_redirects))

    get = _call('GET')
    post = _call('POST')
    put = _call('PUT')
    patch = _call('PATCH')
    delete = _call('DELETE')
    query = _call('QUERY')

    def websocket(self, path, client, headers=None):
        """Open a WebSocket.

        :param path: the path, with a query string if there is one.
        :param client: a generator function: what it yields is sent, and the
                       value of each ``yield`` is the reply, ``None`` if there
                       is none. At its end the server sees the client gone.
                       For asyncio applications it may be asynchronous.
        :param headers: dictionary of headers beside those of the handshake.
        :return: a :class:`TestResponse`, empty if there was a WebSocket.
        """
        from .websocket_client import HANDSHAKE, WebSocketTransport
        all_headers = NoCaseDict(HANDSHAKE)
        all_headers.update(headers or {})
        transport = WebSocketTransport(self._render('GET', path, all_headers, None, '1.1'), client)
        return self.app.face(self._handle(transport, None))

    async def _repeat(self, method, path, headers, body, sock, follow_redirects):
        for _ in range(20):
            res = await self._handle(MemoryTransport(self._render(method, path, headers, body)), sock)
            location = res.headers.get('Location')
            if not follow_redirects or not location or res.status_code < 300:
                return res
            if '://' in location:
                location = '/' + location.split('://')[1].partition('/')[2]
            if location[0] != '/':
                location = path.split('?')[0].rsplit('/', 1)[0] + '/' + location
            path = location
            if res.status_code < 307 and method != 'HEAD':
                method = 'GET'
                body = None
        raise ValueError('more than 20 redirects')

    async def _handle(self, transport, sock):
        app = self.app
        req = await Connection(app, transport, ('127.0.0.1', 1234), self.scheme, sock).receive()
        res = await app.dispatch(req)
        if res is Response.already_handled:
            return TestResponse()
        chunks = None
        try:
            first, chunks, _ = await start(res, app.invoke)
            res.encode('1.0', None)
        except Exception as exc:
            # as the server does it: what fails before the first chunk is answered
            if chunks:
                await chunks.close()
            res = await fail(app, req, exc)
            first, chunks, _ = await start(res, app.invoke)
        if res.headers_or_none:
            self._parse_cookies(res.headers.get('Set-Cookie', []))
        body = bytearray(first)
        if chunks:
            async def keep(chunk):
                body.extend(chunk)
            try:
                await chunks.send_all(keep)
            finally:
                await chunks.close()
        return TestResponse(res, bytes(body))

    def _render(self, method, path, headers, body, version='1.0'):
        headers = NoCaseDict(headers)
        if body is None:
            body = ''
        elif isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault('Content-Type', 'application/json')
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, (bytes, bytearray)):
            headers['Transfer-Encoding'] = 'chunked'
            version = '1.1'
            body = b''.join([encode_chunk(chunk) for chunk in body] + [encode_chunk(b'')])
        if body and version == '1.0':
            headers.setdefault('Content-Length', len(body))
        headers.setdefault('Host', self.host)
        page = path.split('?')[0]
        cookies = [headers['Cookie']] if 'Cookie' in headers else []
        for name, value in list(self.cookies.items()):
            value, where = _pairs(value)
            if name in self.deadline and ticks_diff(self.deadline[name], ticks_ms()) <= 0:
                del self.cookies[name], self.deadline[name]
            elif page == where or page.startswith(where.rstrip('/') + '/'):  # RFC 6265, section 5.1.4
                cookies.append('%s=%s' % (name, value))
        if cookies:
            headers['Cookie'] = '; '.join(cookies)
        head = '%s %s HTTP/%s\n' % (method, path, version)
        for name, value in headers.items():
            head += '%s: %s' % (name, value) + '\n'
        return (head + '\n').encode() + body

    def _parse_cookies(self, cookies):
        for cookie in cookies if isinstance(cookies, list) else [cookies]:
            parts = [part.strip().partition('=') for part in cookie.split(';')]
            name, _, value = parts[0]
            options = {key.lower(): text for key, _, text in parts[1:]}
            path = options.get('path') or '/'
            max_age = 1
            if 'max-age' in options:
                max_age = int(options['max-age'])
            elif _expired(options.get('expires', '')):
                max_age = 0
            if max_age <= 0:
                if name in self.cookies and path == _pairs(self.cookies[name])[1]:
                    del self.cookies[name]
                continue
            self.deadline.pop(name, None)
            if 'max-age' in options:
                # beyond a day no test waits, and ticks wrap around
                self.deadline[name] = ticks_add(ticks_ms(), min(max_age, 86400) * 1000)
            self.cookies[name] = value if path == '/' else (value, path)


def _pairs(value):
    return value if isinstance(value, tuple) else (value, '/')


def _expired(expires):
    # some write the date with dashes (RFC 6265, section 5.1.1)
    key = date_key(expires.replace('-', ' '))
    return key and (key[0] < '2000' or key < (date_key(now()) or ()))
