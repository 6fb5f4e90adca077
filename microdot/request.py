"""The request: what the client sent, parsed as far as it is asked for."""
import json

from .compat import MICROPYTHON
from .multidict import MultiDict, NoCaseDict
from .urlcode import parse_query, unquote
from .wire import ProtocolError

_READ_SIZE = 1024 if MICROPYTHON else 65536


class BodyStream:
    """The body of a request as a stream; its methods are coroutines.

    :param data: what of the body is in memory.
    :param source: where the rest comes from, with ``await recv(n)``; ``None``
                   when there is no rest.
    """
    def __init__(self, data=b'', source=None):
        self._data = data
        self._source = source

    async def _recv(self, n):
        data = self._data
        if data:
            if len(data) <= n:
                self._data = b''
                return data
            self._data = data[n:]
            return data[:n]
        return await self._source.recv(n) if self._source else b''

    async def read(self, n=-1):
        """Read up to *n* bytes, or to the end of the body; ``b''`` at its end."""
        if n == 0:
            return b''
        if n > 0:
            return await self._recv(n)
        return await self._collect(-1)

    async def readexactly(self, n):
        """Read *n* bytes; raises ``EOFError`` when the body has fewer."""
        data = await self._collect(n)
        if len(data) < n:
            raise EOFError('body ended early')
        return data

    async def readline(self, n=-1):
        """Read up to and with a line feed, *n* bytes at the most, or to the end."""
        return await self._until(b'\n', n)

    async def readuntil(self, separator=b'\n'):
        """Read up to and with *separator*; raises ``EOFError`` when it is not there."""
        data = await self._until(separator, -1)
        if not data.endswith(separator):
            raise EOFError('separator not found')
        return data

    async def readinto(self, buffer):
        """Read into *buffer*; returns how many bytes, 0 at the end of the body."""
        data = await self._recv(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    async def _collect(self, n):
        data = await self._recv(_READ_SIZE if n < 0 else n) if n else b''
        if not data or len(data) == n:
            return data
        data = bytearray(data)
        while n < 0 or len(data) < n:
            more = await self._recv(_READ_SIZE if n < 0 else n - len(data))
            if not more:
                break
            data.extend(more)
        return bytes(data)

    async def _until(self, separator, n):
        data = b''
        while True:
            end = data.find(separator)
            end = len(data) if end < 0 else end + len(separator)
            if 0 <= n < end:
                end = n
            if end < len(data) or end == n or data.endswith(separator):
                self._data = data[end:] + self._data
                return data[:end]
            more = await self._recv(_READ_SIZE)
            if not more:
                return data
            data += more

    async def load(self, limit, size):
        """Read the whole body into memory if it is *limit* bytes at the most.

        :param limit: the largest body to load, in bytes.
        :param size: its size if that is known, else -1.
        :return: the body, which can still be read from the stream as well;
                 ``None`` when it is too large, and then all of it is left in
                 the stream.
        """
        if size > limit or limit <= 0:
            return None
        data = await self._collect(size if size >= 0 else limit + 1)
        self._data = data
        return None if len(data) > limit else data


class G:
    """A bag of attributes, fresh for each request."""


class Request:
    """An HTTP request.

    Applications receive requests; they do not make them. The class attributes
    are settings: assign them on the class.

    :var app: the application that serves the request (the top one, where
              applications are mounted).
    :var client_addr: address of the client, a ``(host, port)`` tuple.
    :var method: the method, as sent.
    :var url: the request target, as sent, with its query string.
    :var path: the path of the URL, percent-decoded once.
    :var query_string: the undecoded text after the first ``?``, or ``None``.
    :var http_version: the version of HTTP, such as ``'1.1'``.
    :var content_length: size of the body in bytes, 0 when none is declared.
    :var content_type: the Content-Type header, or ``None``.
    :var url_args: the arguments that the route took from the path.
    :var url_prefix: where the sub-application of the route is mounted.
    :var subapp: the innermost sub-application of the route, or ``None``.
    :var scheme: ``'http'`` or ``'https'``.
    :var route: the function that handles the request.
    :var sock: the connection as the server knows it.
    """

    #: Larger bodies are answered with 413, in bytes.
    max_content_length = 16 * 1024
    #: Larger bodies are not loaded into memory but only readable from
    #: :attr:`stream`, in bytes; 0 loads none.
    max_body_length = 16 * 1024
    #: Longest line of a request head, in bytes.
    max_readline = 2 * 1024
    #: Largest request head, in bytes.
    max_head_length = 4 * 1024 if MICROPYTHON else 8 * 1024

    G = G

    #: The connection, for a handler that takes it over (WebSocket).
    connection = None

    #: Where the body comes from, with ``await recv(n)``; ``None`` without a body.
    source = None

    # the same as after_request_handlers, once there are any
    after_hooks = ()

    body = b''
    content_length = 0
    query_string = None
    url_prefix = ''
    subapp = None
    route = None

    def __init__(self, app, client_addr, method, url, http_version, headers,
                 body=None, stream=None, sock=None, url_prefix='', subapp=None,
                 scheme=None, route=None):
        self.app = app
        self.client_addr = client_addr
        self.sock = sock
        self.scheme = scheme
        self.url_prefix = url_prefix
        self.subapp = subapp
        self.route = route
        self.headers = headers
        self.content_length = int(headers.get('Content-Length') or 0)
        if body is not None:
            self.body = body
        if stream is not None:
            self._stream = stream
        self._set_target(method, url, http_version)

    @classmethod
    def from_wire(cls, connection, method, url, http_version, fields):
        """Make a request that a connection received.

        It costs little: few attributes are set, the others are made when they
        are asked for.

        :param connection: the connection.
        :param fields: the text of the header fields.
        """
        self = object.__new__(cls)
        self.connection = connection
        self._fields = fields
        self._set_target(method, url, http_version)
        return self

    def _set_target(self, method, url, http_version):
        self.method = method
        self.url = url
        self.http_version = http_version
        if '?' in url:
            url, _, self.query_string = url.partition('?')
        self.path = unquote(url)

    # Most requests use few of these, so each is made when it is first asked
    # for and then is a plain attribute.
    def __getattr__(self, name):
        if name[0] == '_' and name != '_stream':
            raise AttributeError(name)
        load = getattr(type(self), '_load_' + name.lstrip('_'), None)
        if load is None:
            raise AttributeError(name)
        value = load(self)
        setattr(self, name, value)
        return value

    def _load_headers(self):
        return parse_fields(self._fields)

    def _load_app(self):
        return self.connection.app

    def _load_client_addr(self):
        return self.connection.client_addr

    def _load_sock(self):
        return self.connection.sock

    def _load_scheme(self):
        return self.connection.scheme

    def _load_content_type(self):
        return self.headers.get('Content-Type')

    def _load_args(self):
        return parse_query(self.query_string) if self.query_string else MultiDict()

    def _load_cookies(self):
        return parse_cookies(self.headers.get('Cookie', ''))

    def _load_g(self):
        return self.G()

    def _load_url_args(self):
        return {}

    def _load_files(self):
        return None

    def _load_stream(self):
        return BodyStream(b'', self.source) if self.source else BodyStream(self.body)

    def _load_after_request_handlers(self):
        self.after_hooks = []
        return self.after_hooks

    @property
    def stream(self):
        """The body as a stream, limited to the body's size.

        In the asyncio flavour its methods are coroutines: ``read(n=-1)``,
        ``readexactly(n)``, ``readline()``, ``readuntil(separator)``.
        """
        return self._stream

    def _media_type(self):
        return (self.content_type or '').split(';')[0].strip().lower()

    def _load_json(self):
        if self._media_type() != 'application/json':
            return None
        try:
            return json.loads(self.body if MICROPYTHON else self.body.decode())
        except (ValueError, RuntimeError):  # CPython: nested too deep
            raise ProtocolError(400, 'body is not JSON')

    def _load_form(self):
        if self._media_type() != 'application/x-www-form-urlencoded':
            return None
        return parse_query(self.body)

    async def read(self, n=-1):
        """Read from the body in either flavour: up to *n* bytes, or all; ``b''`` at its end."""
        return await self._stream.read(n)

    async def load_body(self):
        """Load a body that is small enough into :attr:`body`; larger ones stay in :attr:`stream`."""
        if self.source:
            body = await self._stream.load(self.max_body_length, self.content_length or -1)
            if body is not None:
                self.body = body

    def after_request(self, f):
        """Register a function ``f(request, response)`` to run after this request.

        It runs after those of the application. A response that it returns
        replaces the one given.
        """
        self.after_request_handlers.append(f)
        return f


def parse_fields(text):
    """Parse field lines into a :class:`NoCaseDict`; of a repeated name the last value wins.

    Cookie fields are joined instead (RFC 9113, section 8.2.3).
    """
    headers = NoCaseDict()
    for line in text.split('\n'):
        name, colon, value = line.partition(':')
        if colon:
            value = value.strip()
            if name.lower() == 'cookie' and name in headers:
                value = headers[name] + '; ' + value
            headers[name] = value
    return headers


def parse_cookies(text):
    """Parse a Cookie header (RFC 6265, section 4.2) into a dictionary of raw values."""
    cookies = {}
    for pair in text.split(';'):
        name, _, value = pair.partition('=')
        name = name.strip()
        if name:
            cookies[name] = value.strip()
    return cookies
