"""The asynchronous ``Microdot`` as an ASGI 3 application."""
import asyncio

from ..asyncio.microdot_asyncio import *  # noqa: F403
from ..asyncio.microdot_asyncio import Microdot as _Microdot, Request as _Request
from ..compat import print_exception
from ..gateway import Body, Guest, body_length, collect_headers, join_target, quote_path, respond, spell_name
from ..request import parse_headers
from ..urlcode import unquote
from ..wire import Disconnected


class Request(_Request):
    """A request that came through ASGI; see :class:`microdot.request.Request`.

    :var asgi_scope: the dictionary that the server describes the request with, ``None`` under the framework's own.
    :var sock: the server's functions, a tuple ``(receive, send)``.
    """
    asgi_scope = None

    _rest = b''   # received of the body and not read yet
    _more = True  # whether there is more to receive

    @classmethod
    def from_scope(cls, app, scope, receive, send):
        """Make a request of what the server says of it; raises :class:`ProtocolError` where that is malformed."""
        self = object.__new__(cls)
        self.app = app
        self.sock = receive, send
        self.asgi_scope = scope
        self.method = scope.get('method', 'GET')
        self.path = scope['path']
        if '\ufffd' in self.path and scope.get('raw_path'):
            # servers put this for what is not UTF-8, which stays encoded
            self.path = unquote(scope['raw_path'].decode('latin-1'))
        query = scope.get('query_string')
        if query:
            self.query_string = query.decode('latin-1')
        fields = dict(scope['headers'])
        length = fields.get(b'content-length')
        if length:
            self.content_length = body_length(length)
            self.source = Body(self._receive, self.content_length, self.max_content_length)
        elif b'transfer-encoding' in fields or scope.get('http_version', '1')[0] != '1':
            self._more = scope['type'] == 'http'
            self.source = Body(self._receive, -1, self.max_content_length)
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
        return join_target(path.decode('latin-1') if path else quote_path(self.path), self.query_string)

    def make_headers(self):
        if self.asgi_scope is None:
            return parse_headers(self)
        return collect_headers([(spell_name(name.decode('latin-1')), _text(value))
                                for name, value in self.asgi_scope['headers']])

    def make_http_version(self):
        return 'HTTP/' + self.asgi_scope.get('http_version', '1.1')

    def make_client_addr(self):
        if self.asgi_scope is None:
            return self.connection.client_addr
        return tuple(self.asgi_scope.get('client') or ('', 0))

    def make_scheme(self):
        if self.asgi_scope is None:
            return self.connection.scheme
        return self.asgi_scope.get('scheme', 'http').replace('ws', 'http')


class Microdot(Guest, _Microdot):
    """An asynchronous web application that is an ASGI application too.

    :param lifespan_startup: coroutine function ``f(scope)`` to run before the server accepts requests.
    :param lifespan_shutdown: coroutine function ``f(scope)`` to run when it has served the last one.
    """
    request_class = Request

    def __init__(self, lifespan_startup=None, lifespan_shutdown=None):
        super().__init__()
        self.lifespan_startup = lifespan_startup
        self.lifespan_shutdown = lifespan_shutdown

    async def __call__(self, scope, receive, send):
        return await self.asgi_app(scope, receive, send)

    async def asgi_app(self, scope, receive, send):
        """Serve a connection; the ASGI application itself, to be wrapped in middleware."""
        kind = scope['type']
        if kind not in ('http', 'websocket'):
            if kind == 'lifespan':
                await self._live(scope, receive, send)
            return
        answer = respond(self, False, self.request_class.from_scope, scope, receive, send)
        if kind == 'websocket':
            answer = asyncio.ensure_future(answer)  # which the WebSocket cancels when the client is gone
        try:
            req, res, fields, data, chunks = await answer
        except Disconnected:
            return
        except asyncio.CancelledError:
            if kind != 'websocket' or asyncio.current_task().cancelling():
                raise
            return
        if fields is None:
            return
        if kind == 'websocket':
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
            # a file comes to its end by itself, anything else may wait for events while the client is long gone
            await _Stream(receive, send).run(data, chunks, res.file_size is None)

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


class _Stream:
    # A body of several chunks, given up when the client goes away.
    def __init__(self, receive, send):
        self._receive = receive
        self._send = send

    async def run(self, first, chunks, endless):
        try:
            await (self._watched if endless else self._send_all)(first, chunks)
        finally:
            await chunks.close()

    async def _watched(self, first, chunks):
        sending = asyncio.ensure_future(self._send_all(first, chunks))
        watching = asyncio.ensure_future(self._disconnected())
        try:
            await asyncio.wait((sending, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
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
        try:
            await self._send({'type': 'http.response.body', 'body': bytes(data), 'more_body': True})
        except OSError as exc:
            # what servers tell a client's absence with (ASGI specification, HTTP)
            raise Disconnected(*exc.args)
        # others take what nobody gets, at once and for ever: who watches must have a turn
        await asyncio.sleep(0)

    async def _disconnected(self):
        while True:
            event = await self._receive()
            if event is None or event['type'] == 'http.disconnect':
                return


def _text(value):
    try:
        return value.decode()
    except UnicodeError:
        return value.decode('latin-1')
