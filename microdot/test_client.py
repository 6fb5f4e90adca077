"""A client that sends requests into an application, for tests; no socket is involved."""
import json

from .chunks import Chunks, encode_chunk
from .compat import drive, ticks_add, ticks_diff, ticks_ms
from .connection import Connection
from .errors import fail
from .httpdate import date_key, format_date, now
from .multidict import NoCaseDict
from .response import Response
from .stream import receive


class MemoryTransport:
    """A transport in memory: what is received was given, what is sent is kept.

    :param data: what to receive.
    """
    def __init__(self, data=b''):
        self.data = data
        self.sent = b''

    def timer(self, ms):
        """Do nothing: nobody is slow in memory."""

    async def recv(self, n):
        data = self.data[:n]
        self.data = self.data[n:]
        return data

    async def send(self, data):
        self.sent += bytes(data)

    def close(self):
        """Do nothing."""


class TestResponse:
    """What an application answered.

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

    def __init__(self):
        self.status_code = None
        self.reason = None
        self.headers = NoCaseDict()
        self.body = None
        self.text = None
        self.json = None
        self.events = None

    @classmethod
    async def create(cls, res, first, chunks):
        """Make a test response of a response, reading its body to the end.

        :param res: the response.
        :param first: the first chunk of its body, or ``None``.
        :param chunks: what gives the others.
        """
        self = cls()
        self.status_code = res.status_code
        self.reason = res.reason
        body = bytearray(first or b'')

        async def keep(chunk):
            body.extend(chunk)
        if first is not None:
            await chunks.send_all(keep)
        if not res.is_head:
            self._set_body(bytes(body))
        res.complete()
        self.headers = NoCaseDict(res.headers)
        self._parse()
        return self

    def _set_body(self, body):
        self.body = body
        try:
            self.text = body.decode()
        except UnicodeError:
            pass

    def _parse(self):
        if self.body is None:
            return
        media_type = self.headers.get('Content-Type', '').split(';')[0]
        if media_type == 'application/json' and self.body:
            self.json = json.loads(self.text)
        elif media_type == 'text/event-stream':
            self.events = parse_events(self.body)


def parse_events(body):
    """Parse an event stream into a list of dictionaries; see :class:`TestResponse`."""
    events = []
    for block in body.split(b'\n\n'):
        event = {'data': b'', 'data_json': None, 'event': None, 'event_id': None, 'retry': None}
        data = []
        fields = 0
        for line in block.split(b'\n'):
            name, colon, value = line.partition(b':')
            value = value[1:] if value[:1] == b' ' else value
            fields += bool(name)
            if name == b'data':
                data.append(value)
            elif name == b'event':
                event['event'] = value.decode()
            elif name == b'id':
                event['event_id'] = value.decode()
            elif name == b'retry':
                event['retry'] = int(value) / 1000
        if fields:
            event['data'] = b'\n'.join(data)
            try:
                event['data_json'] = json.loads(event['data'].decode())
            except ValueError:
                pass
            events.append(event)
    return events


class TestClient:
    """A client for an application.

    :param app: the application.
    :param cookies: cookies to begin with: name -> value, or a tuple of value
                    and path.
    :param scheme: scheme of the requests, ``'http'`` if not given.
    :param host: the Host header of the requests.

    The cookies that the application sets are in ``cookies``.
    """
    __test__ = False

    def __init__(self, app, cookies=None, scheme=None, host=None):
        self.app = app
        self.cookies = cookies if cookies is not None else {}
        self.scheme = scheme or 'http'
        self.host = host or 'example.com:1234'
        self._ends = {}  # when cookies with a Max-Age end, by name

    # How a coroutine of the client is run; the asyncio client returns it.
    _run = staticmethod(drive)

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
        return self._run(self._follow(method, path, headers, body, sock, follow_redirects))

    def get(self, path, headers=None, **kwargs):
        """Send a GET request; see :meth:`request`."""
        return self.request('GET', path, headers, **kwargs)

    def post(self, path, headers=None, body=None, **kwargs):
        """Send a POST request; see :meth:`request`."""
        return self.request('POST', path, headers, body, **kwargs)

    def put(self, path, headers=None, body=None, **kwargs):
        """Send a PUT request; see :meth:`request`."""
        return self.request('PUT', path, headers, body, **kwargs)

    def patch(self, path, headers=None, body=None, **kwargs):
        """Send a PATCH request; see :meth:`request`."""
        return self.request('PATCH', path, headers, body, **kwargs)

    def delete(self, path, headers=None, **kwargs):
        """Send a DELETE request; see :meth:`request`."""
        return self.request('DELETE', path, headers, **kwargs)

    def query(self, path, headers=None, body=None, **kwargs):
        """Send a QUERY request; see :meth:`request`."""
        return self.request('QUERY', path, headers, body, **kwargs)

    async def _follow(self, method, path, headers, body, sock, follow_redirects):
        for _ in range(20):
            res = await self._exchange(method, path, headers, body, sock)
            if not follow_redirects or res.status_code not in (301, 302, 303, 307, 308):
                return res
            path = _join(path, res.headers['Location'])
            if res.status_code < 307 and method != 'HEAD':
                method = 'GET'
                body = None
        raise ValueError('more than 20 redirects')

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
        headers = NoCaseDict(headers)
        for name, value in HANDSHAKE.items():
            headers.setdefault(name, value)
        transport = WebSocketTransport(self._render('GET', path, headers, None), client)
        return self._run(self._dispatch(path, transport, None))

    def _exchange(self, method, path, headers, body, sock):
        return self._dispatch(path, MemoryTransport(self._render(method, path, headers, body)), sock)

    async def _dispatch(self, path, transport, sock):
        connection = Connection(self.app, transport, ('127.0.0.1', 1234), self.scheme, sock)
        req = await receive(connection)
        res = await self.app.dispatch(req)
        self._store_cookies(path, res)
        if res is Response.already_handled:
            return TestResponse()
        try:
            chunks, first = await self._start(res)
        except Exception as exc:
            # as the server does it: what fails before the first chunk is answered
            res = await fail(self.app, req, exc)
            chunks, first = await self._start(res)
        try:
            return await TestResponse.create(res, first, chunks)
        finally:
            await chunks.close()

    async def _start(self, res):
        chunks = Chunks(res.body, res.send_file_buffer_size, self.app.invoke)
        return chunks, None if res.is_head else await chunks.next()

    def _render(self, method, path, headers, body):
        headers = NoCaseDict(headers)
        version = '1.0'
        if body is None:
            body = b''
        elif isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault('Content-Type', 'application/json')
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, (bytes, bytearray)):
            headers['Transfer-Encoding'] = 'chunked'
            version = '1.1'
            body = b''.join(encode_chunk(chunk) for chunk in body) + b'0\r\n\r\n'
        if body and version == '1.0':
            headers.setdefault('Content-Length', str(len(body)))
        headers.setdefault('Host', self.host)
        cookies = self._cookie_header(path)
        if cookies:
            headers['Cookie'] = headers['Cookie'] + '; ' + cookies if 'Cookie' in headers else cookies
        head = '%s %s HTTP/%s\n' % (method, path, version)
        for name, value in headers.items():
            head += '%s: %s\n' % (name, value)
        return (head + '\n').encode() + body

    def _cookie_header(self, path):
        path = path.split('?')[0]
        pairs = []
        for name, value in list(self.cookies.items()):
            if name in self._ends and ticks_diff(self._ends[name], ticks_ms()) <= 0:
                del self.cookies[name], self._ends[name]
                continue
            where = '/'
            if isinstance(value, tuple):
                value, where = value
            if _path_matches(path, where):
                pairs.append('%s=%s' % (name, value))
        return '; '.join(pairs)

    def _store_cookies(self, path, res):
        cookies = (res.headers_or_none or {}).get('Set-Cookie', [])
        for cookie in cookies if isinstance(cookies, list) else [cookies]:
            pair, _, rest = cookie.partition(';')
            name, _, value = pair.partition('=')
            options = {}
            for option in rest.split(';'):
                key, _, text = option.strip().partition('=')
                options[key.lower()] = text
            self._store_cookie(name, value, options)

    def _store_cookie(self, name, value, options):
        path = options.get('path') or '/'
        max_age = int(options['max-age']) if 'max-age' in options else None
        if _is_past(options.get('expires', '')) if max_age is None else max_age <= 0:
            old = self.cookies.get(name)
            if old is not None and path == (old[1] if isinstance(old, tuple) else '/'):
                del self.cookies[name]
            return
        self._ends.pop(name, None)
        if max_age is not None:
            # beyond a day no test waits, and ticks wrap around
            self._ends[name] = ticks_add(ticks_ms(), min(max_age, 86400) * 1000)
        self.cookies[name] = value if path == '/' else (value, path)


def _path_matches(path, where):
    # RFC 6265, section 5.1.4
    return path == where or path.startswith(where if where[-1:] == '/' else where + '/')


def _is_past(expires):
    # some write the date with dashes (RFC 6265, section 5.1.1)
    key = date_key(expires.replace('-', ' '))
    if key is None:
        return False
    return key[0] < '2000' or bool(now()) and key < date_key(format_date(now()))


def _join(path, location):
    if '://' in location:
        location = '/' + location.split('://', 1)[1].partition('/')[2]
    if location[:1] == '/':
        return location
    return path.split('?')[0].rsplit('/', 1)[0] + '/' + location
