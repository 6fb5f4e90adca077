"""The request: what the client sent, parsed as far as it is asked for."""
from .compat import MICROPYTHON
from .wire import ProtocolError


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
    :var sock: the connection, for a handler that talks to the client itself and
               returns ``Response.already_handled``: the socket, or in the asyncio
               flavour a pair of streams, ``(reader, writer)``.
    :var stream: the body as a stream, limited to the body's size. In the
                 asyncio flavour its methods are coroutines: ``read(n=-1)``,
                 ``readexactly(n)``, ``readline()``, ``readuntil(separator)``.
    """

    #: Larger bodies are answered with 413, in bytes.
    max_content_length = 16 * 1024
    #: Larger bodies are not loaded into memory but only readable from
    #: ``stream``, in bytes; 0 loads none.
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
    # the sub-application whose own hooks and error handlers apply, if any
    scope = None

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
            self.stream = self.body_stream = stream
        self._set_target(method, url, http_version)

    @classmethod
    def from_wire(cls, connection, method, url, http_version, fields):
        """Make a request that a connection received.

        It costs little: few attributes are set, the others are made when they
        are asked for.

        :param connection: the connection.
        :param fields: the header fields as they came, checked.
        """
        self = object.__new__(cls)
        self.connection = connection
        self.fields = fields
        self._set_target(method, url, http_version)
        return self

    def _set_target(self, method, url, http_version):
        self.method = method
        self.url = url
        self.http_version = http_version
        if '?' in url:
            url, _, self.query_string = url.partition('?')
        if '%' in url:
            from .urlcode import unquote
            url = unquote(url)
        self.path = url

    # Most requests use few of their parts, so each is made when it is first
    # asked for, and from then on is an attribute.
    def __getattr__(self, name):
        value = _make(self, name)
        setattr(self, name, value)
        return value

    async def read(self, n=-1):
        """Read from the body in either flavour: up to *n* bytes, or all; ``b''`` at its end."""
        return await self.body_stream.read(n)

    async def load_body(self):
        """Load a body that is small enough into :attr:`body`; larger ones stay in ``stream``."""
        if self.source:
            body = await self.body_stream.load(self.max_body_length, self.content_length or -1)
            if body is not None:
                self.body = body

    def after_request(self, f):
        """Register a function ``f(request, response)`` to run after this request.

        It runs after those of the application. A response that it returns
        replaces the one given.
        """
        self.after_request_handlers.append(f)
        return f


def _make(req, name):
    # a method make_... of the class comes first
    own = getattr(type(req), 'make_' + name, None)
    if own:
        return own(req)
    if name in ('app', 'client_addr', 'sock', 'scheme') and req.connection:
        value = getattr(req.connection, name)
        if name == 'sock' and value is None:
            from .stream import pair
            value = pair(req.connection)
        return value
    if name == 'headers':
        return parse_headers(req)
    if name == 'content_type':
        return req.headers.get('Content-Type')
    if name == 'args' or name == 'form' and _is_of(req, 'application/x-www-form-urlencoded'):
        from .urlcode import parse_query
        return parse_query(req.body if name == 'form' else req.query_string or '')
    if name == 'json' and _is_of(req, 'application/json'):
        from json import loads
        try:
            return loads(req.body)
        except (ValueError, RuntimeError):  # the latter when it is nested too deep
            raise ProtocolError(400)  # body is not JSON
    if name in ('form', 'json', 'files'):
        return None
    if name == 'cookies':
        return _parse_cookies(req.headers.get('Cookie', ''))
    if name == 'g':
        return req.G()
    if name == 'url_args':
        return {}
    if name == 'after_request_handlers':
        req.after_hooks = []
        return req.after_hooks
    if name == 'stream':
        return req.body_stream
    if name == 'body_stream':
        from .body import BodyStream
        return BodyStream(b'' if req.source else req.body, req.source)
    raise AttributeError(name)


def parse_headers(req):
    """Parse the field lines of a request; of a repeated name the last value wins.

    Cookie fields are joined instead (RFC 9113, section 8.2.3).
    """
    from .multidict import NoCaseDict
    headers = NoCaseDict()
    for line in req.fields.decode().split('\n'):
        name, colon, value = line.partition(':')
        if colon:
            value = value.lstrip().rstrip()  # strip() of MicroPython looks at every character
            if len(name) == 6 and name.lower() == 'cookie' and name in headers:
                value = headers[name] + '; ' + value
            headers[name] = value
    return headers


def _is_of(req, type):
    return (req.content_type or '').split(';')[0].strip().lower() == type


def _parse_cookies(text):
    # RFC 6265, section 4.2
    cookies = {}
    for pair in text.split(';'):
        name, _, value = pair.partition('=')
        name = name.strip()
        if name:
            cookies[name] = value.strip()
    return cookies
