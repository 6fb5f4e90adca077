"""The synchronous ``Microdot`` as a WSGI application (PEP 3333)."""
from functools import cached_property
from socket import SHUT_RDWR
from ssl import SSLSocket
from wsgiref.util import is_hop_by_hop

from ..blocking import PollTransport
from ..compat import drive, print_exception
from ..connection import Connection
from ..gateway import (Body, Guest, body_length, collect_headers, decode_path, join_target, quote_path, respond,
                       spell_name)
from ..microdot import *  # noqa: F403
from ..microdot import Microdot as _Microdot, Request as _Request
from ..request import parse_headers
from ..tls import with_tls
from ..wire import Disconnected, reason_phrase

# A file up to this size is read whole, in bytes: for such the system's sendfile() takes longer.
_AT_ONCE = 256 * 1024


class Request(_Request):
    """A request that came through WSGI; see :class:`microdot.request.Request`.

    :var environ: the dictionary that the server describes the request with, ``None`` under the framework's own server.
    """
    environ = None

    @classmethod
    def from_environ(cls, app, environ):
        """Make a request of what the server says of it; raises :class:`ProtocolError` where that is malformed."""
        self = object.__new__(cls)
        self.connection = _Connection(app, environ)
        self.environ = environ
        self.method = environ['REQUEST_METHOD']
        self.http_version = environ.get('SERVER_PROTOCOL', 'HTTP/1.0')
        self.query_string = environ.get('QUERY_STRING') or None
        path = _raw_path(environ)
        self.path = path if path.isascii() else decode_path(path.encode('latin-1'))
        length = environ.get('CONTENT_LENGTH') or environ.get('HTTP_CONTENT_LENGTH')
        if length:
            self.content_length = body_length(length)
            self.source = Body(self._receive, self.content_length, self.max_content_length)
        elif environ.get('wsgi.input_terminated') and (
                'HTTP_TRANSFER_ENCODING' in environ or not self.http_version.startswith('HTTP/1')):
            self.source = Body(self._receive, -1, self.max_content_length)
        return self

    async def _receive(self, n):
        return self.environ['wsgi.input'].read(n)

    def make_url(self):
        return join_target(quote_path(_raw_path(self.environ).encode('latin-1')), self.query_string)

    def make_headers(self):
        environ = self.environ
        if environ is None:
            return parse_headers(self)
        fields = [(name[5:], environ[name]) for name in environ if name[:5] == 'HTTP_']
        fields += [(name, environ[name]) for name in ('CONTENT_TYPE', 'CONTENT_LENGTH') if environ.get(name)]
        return collect_headers([(spell_name(name), _text(value)) for name, value in fields])


class _Connection(Connection):
    # The server's connection. It can be taken over where the server gives its socket away.
    def __init__(self, app, environ):
        self.app = app
        self._environ = environ

    @property
    def client_addr(self):
        return self._environ.get('REMOTE_ADDR', ''), int(self._environ.get('REMOTE_PORT') or 0)

    @property
    def scheme(self):
        return self._environ.get('wsgi.url_scheme', 'http')

    @property
    def sock(self):
        return self._environ.get('gunicorn.socket') or self._environ.get('werkzeug.socket')

    @cached_property
    def transport(self):
        if not self.sock:
            raise RuntimeError('this server does not give its connections away, which a WebSocket needs: use Gunicorn')
        self.sock.setblocking(False)
        transport_class = with_tls(PollTransport) if isinstance(self.sock, SSLSocket) else PollTransport
        return transport_class(self.sock, self.app.write_timeout_ms)

    def hand_back(self):
        """End the connection: what the server sends on it now must not reach the client, who has a WebSocket."""
        if self.sock:
            self.sock.setblocking(True)
            try:
                self.sock.shutdown(SHUT_RDWR)
            except OSError:
                pass  # the client was faster


class Microdot(Guest, _Microdot):
    """A synchronous web application that is a WSGI application too.

    Where the server gives its socket away, as Gunicorn does, it can serve WebSockets as well.
    """
    request_class = Request

    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ, start_response):
        """Serve a request; the WSGI application itself, to be wrapped in middleware.

        :param environ: what the server says of the request.
        :param start_response: the server's function that begins a response.
        :return: an iterable over the body.
        """
        wrap = environ.get('wsgi.file_wrapper')
        try:
            req, res, fields, data, chunks = drive(respond(self, wrap, self.request_class.from_environ, environ))
        except Disconnected:
            start_response('400 Bad Request', [])
            return []
        if fields is None:
            req.connection.hand_back()
            start_response('200 OK', [])
            return []
        # fields about the connection are the server's business (PEP 3333), and some servers fail at the sight of one
        fields = [(name, _latin(value)) for name, value in fields if not is_hop_by_hop(name)]
        write = start_response(_latin(_status_line(res)), fields)
        if req is not None and (self.debug or self.logger):
            self.log_request(req, res)
        if chunks is not None:
            return _write(chunks, write) if chunks.write_to else _Iterator(data, chunks)
        if hasattr(data, 'read'):
            return _send_file(res, wrap)
        return [bytes(data)] if data else []


def _send_file(res, wrap):
    if res.file_size is None or res.file_size > _AT_ONCE:
        return wrap(res.body, res.send_file_buffer_size)
    with res.body as file:
        return [file.read()]


class _Iterator:
    # The body, chunk by chunk; servers call close() whatever happens.
    def __init__(self, first, chunks):
        self._first = first
        self._chunks = chunks

    def __iter__(self):
        return self

    def __next__(self):
        if self._first is not None:
            chunk, self._first = self._first, None
        else:
            chunk = drive(self._chunks.next())
            if chunk is None:
                raise StopIteration
        return bytes(chunk)

    def close(self):
        drive(self._chunks.close())


def _write(chunks, write):
    async def send(data):
        try:
            write(data)
        except OSError as exc:
            raise Disconnected(exc.errno)
    try:
        drive(chunks.send_all(send))
    except Disconnected:
        pass
    except Exception as exc:
        print_exception(exc)
        raise
    finally:
        drive(chunks.close())
    return []


def _raw_path(environ):
    return environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')


def _status_line(res):
    return '%d %s' % (res.status_code, reason_phrase(res.status_code) if res.reason is None else res.reason)


def _latin(text):
    # WSGI takes bytes in the clothes of text.
    return text if text.isascii() else text.encode().decode('latin-1')


def _text(latin):
    if latin.isascii():
        return latin
    try:
        return latin.encode('latin-1').decode()
    except UnicodeError:
        return latin
