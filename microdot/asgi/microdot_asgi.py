"""The asynchronous ``Microdot`` as an ASGI 3 application."""
import asyncio

from ..asyncio.microdot_asyncio import *  # noqa: F403
from ..asyncio.microdot_asyncio import Microdot as _Microdot, Request as _Request
from ..compat import print_exception
from ..gateway import Body, begin, body_length, quote_path, stop_server
from ..multidict import NoCaseDict
from ..request_parts import parse_headers
from ..response import Response
from ..wire import Disconnected, ProtocolError


class Request(_Request):
    """A request that came through ASGI; see :class:`microdot.request.Request`.

    :var asgi_scope: the dictionary that the server describes the request with, ``None`` under the framework's own.
    :var sock: the server's functions, a tuple ``(receive, send)``.
    """
    asgi_scope = None

    @classmethod
    def from_scope(cls, app, scope, receive, send):
        """Make a request of what the server says of it; raises :class:`ProtocolError` where that is malformed."""
        self = object.__new__(cls)
        self.connection = _Connection(app, scope, receive, send)
        self.asgi_scope = scope
        self.method = scope.get('method', 'GET')
        self.http_version = 'HTTP/' + scope.get('http_version', '1.1')
        self.path = scope['path']
        self.query_string = scope.get('query_string', b'').decode('latin-1') or None
        self._rest = b''
        self._more = scope['type'] == 'http'
        length, chunked = _framing(scope['headers'])
        if length > 0:
            self.content_length = length
        if length > 0 or chunked:
            self.source = Body(self._receive, length, self.max_content_length)
        return self

    async def _receive(self, n):
        while not self._rest and self._more:
            event = await self.sock[0]()
            if event is None or event['type'] == 'http.disconnect':
                raise Disconnected()
            self._rest = event.get('body', b'')
            self._more = event.get('more_body', False)
        data, self._rest = self._rest[:n], self._rest[n:]
        return data

    def make_url(self):
        path = self.asgi_scope.get('raw_path')
        path = path.decode('latin-1') if path else quote_path(self.path)
        return path if self.query_string is None else path + '?' + self.query_string

    def make_headers(self):
        if self.asgi_scope is None:
            return parse_headers(self)
        headers = NoCaseDict()
        for name, value in self.asgi_scope['headers']:
            name = name.decode('latin-1').title()
            value = _text(value)
            # HTTP/2 sends each cookie by itself (RFC 9113, section 8.2.3).
            if name == 'Cookie' and name in headers:
                value = headers[name] + '; ' + value
            headers[name] = value
        return headers


class _Connection:
    # What a request asks its connection for.
    def __init__(self, app, scope, receive, send):
        self.app = app
        self.sock = receive, send
        self._scope = scope

    @property
    def client_addr(self):
        return tuple(self._scope.get('client') or ('', 0))

    @property
    def scheme(self):
        return self._scope.get('scheme', 'http').replace('ws', 'http')


class Microdot(_Microdot):
    """An asynchronous web application that is an ASGI application too.

    :param lifespan_startup: coroutine function ``f(scope)`` to run before the server accepts requests.
    :param lifespan_shutdown: coroutine function ``f(scope)`` to run when it has served the last one.
    """
    request_class = Request

    def __init__(self, lifespan_startup=None, lifespan_shutdown=None):
        super().__init__()
        self.lifespan_startup = lifespan_startup
        self.lifespan_shutdown = lifespan_shutdown
        self._embedded = False

    async def __call__(self, scope, receive, send):
        return await self.asgi_app(scope, receive, send)

    async def asgi_app(self, scope, receive, send):
        """Serve a connection; the ASGI application itself, to be wrapped in middleware."""
        if scope['type'] == 'lifespan':
            await self._live(scope, receive, send)
        elif scope['type'] in ('http', 'websocket'):
            await self._serve(scope, receive, send)

    async def _live(self, scope, receive, send):
        for phase, f in (('startup', self.lifespan_startup), ('shutdown', self.lifespan_shutdown)):
            await receive()
            try:
                if f:
                    await f(scope)
            except Exception as exc:
                print_exception(exc)
                await send({'type': f'lifespan.{phase}.failed', 'message': repr(exc)})
                return
            await send({'type': f'lifespan.{phase}.complete'})

    async def _serve(self, scope, receive, send):
        req = None
        status = 400
        try:
            req = self.request_class.from_scope(self, scope, receive, send)
        except ProtocolError as exc:
            status = exc.status
        try:
            res = await self.dispatch(req, status)
            if res is Response.already_handled:
                return
            res, fields, data, chunks = await begin(self, req, res)
        except Disconnected:
            return
        if scope['type'] == 'websocket':
            # Before it is accepted, this is the way to answer 403 (ASGI specification, WebSocket).
            await send({'type': 'websocket.close', 'code': 1008})
            return
        await send({'type': 'http.response.start', 'status': res.status_code,
                    'headers': [(name.lower().encode(), value.encode()) for name, value in fields]})
        if req is not None and (self.debug or self.logger):
            self.log_request(req, res)
        if chunks is None:
            await send({'type': 'http.response.body', 'body': bytes(data)})
        else:
            await _Stream(req, send).run(data, chunks)

    def run(self, host='0.0.0.0', port=5000, debug=False, **options):
        """Serve the application with the framework's own server; see :meth:`microdot.asyncio.Microdot.run`."""
        self._embedded = True
        try:
            super().run(host, port, debug, **options)
        finally:
            self._embedded = False

    def shutdown(self):
        """Stop the server, whichever it is."""
        if self._embedded:
            super().shutdown()
        else:
            stop_server()


class _Stream:
    # A body of several chunks, given up when the client goes away.
    def __init__(self, req, send):
        self._req = req
        self._send = send

    async def run(self, first, chunks):
        sending = asyncio.ensure_future(self._send_all(first, chunks))
        watching = asyncio.ensure_future(self._disconnected())
        try:
            await asyncio.wait((sending, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await chunks.close()
        if not sending.cancelled() and sending.exception():
            raise sending.exception()

    async def _send_all(self, first, chunks):
        try:
            if first:
                await self._send_chunk(first)
            await chunks.send_all(self._send_chunk)
            await self._send({'type': 'http.response.body', 'body': b''})
        except Disconnected:
            pass

    async def _send_chunk(self, data):
        await self._send({'type': 'http.response.body', 'body': bytes(data), 'more_body': True})

    async def _disconnected(self):
        while True:
            event = await self._req.sock[0]()
            if event is None or event['type'] == 'http.disconnect':
                return


def _framing(headers):
    length = None
    chunked = False
    for name, value in headers:
        if name == b'content-length':
            length = value.decode('latin-1')
        elif name == b'transfer-encoding':
            chunked = True
    return body_length(length), chunked


def _text(value):
    try:
        return value.decode()
    except UnicodeError:
        return value.decode('latin-1')
