"""A client connection of our own servers: requests in, responses out, as long as it lasts (RFC 9112, section 9)."""
from .compat import BODY_SIZE, HEAD_SIZE, const, print_exception
from .response import Response
from .wire import Disconnected, ProtocolError, Reader, TimedOut, find_end, parse_head

# The longest field lines that are kept to be recognized, in bytes.
_REMEMBERED = const(768)
# How often empty lines may be received before a request.
_MAX_BLANK = const(64)
# Answers to heads that a body, or more of the head, is likely to follow.
_UNREAD = const((414, 417, 431, 501))


class Connection(Reader):
    """A connection to a client.

    :param app: the application that serves it.
    :param transport: see :mod:`microdot.wire`.
    :param client_addr: address of the client.
    :param scheme: ``'http'`` or ``'https'``.
    :param sock: what ``request.sock`` is; a pair of streams if not given.
    :param persistent: whether the connection may be kept after a response.
    """

    #: whether the connection waits for a request, so that nothing is lost when it is closed
    idle = True
    sock = None
    #: whether the connection may be kept after a response
    persistent = True
    #: whether another request can follow the one that is being served
    keep = False

    def __init__(self, app, transport, client_addr, scheme='http', sock=None, persistent=True):
        self.app = app
        self.transport = transport
        self.client_addr = client_addr
        self.scheme = scheme
        if sock:
            self.sock = sock
        if not persistent:
            self.persistent = False

    async def serve(self, server=None):
        """Serve the connection to its end, and close it.

        :param server: told to ``forget()`` the connection at its end.
        """
        app = self.app
        first = True
        try:
            while True:
                req = error = None
                self.transport.timer(app.head_timeout_ms if first else app.idle_timeout_ms)
                try:
                    req = await self.receive(first)
                    if req is None and not first:
                        return
                except (ProtocolError, TimedOut) as exc:
                    if self.idle:
                        return
                    error = exc
                res = await app.dispatch(req, error)
                if res is Response.already_handled:
                    return
                res = await self._respond(req, res)
                if req.source if req else res.status_code in _UNREAD:
                    from .body import finish
                    await finish(self, req)
                if not (self.keep and self.persistent):
                    return
                first = False
                self.idle = True
                self.keep = False
        except Disconnected as exc:
            # with TLS, the first thing received is what the handshake ends with
            if first and self.idle and self.scheme == 'https':
                print('TLS handshake with %s failed: %s' % (self.client_addr, exc))
        except Exception as exc:
            print_exception(exc)
        finally:
            self.transport.close()
            if server:
                server.forget(self)

    async def receive(self, first=True):
        """Receive a request, without its body; ``None`` at the end of the connection.

        :param first: whether it is the first one of the connection. Before
                      another one, empty lines are skipped: some clients send
                      one too many after a body (RFC 9112, section 2.2).
        :raises ProtocolError: when it is malformed.
        """
        limits = self.app.request_class
        data = self.data
        searched = blank = 0
        while True:
            if data and not searched:
                if data[0] <= 13 and not first:
                    data = data.lstrip(b'\r\n')
                    blank += 1
                    if blank > _MAX_BLANK:
                        raise ProtocolError(400)  # nothing but empty lines
                if data:
                    self.idle = False
                    self.transport.timer(self.app.head_timeout_ms)
            if data:
                if data.endswith(b'\r\n\r\n') or find_end(data, searched - 3):
                    return self._request(data)
                searched = len(data)
                if searched > limits.max_head_length:
                    raise ProtocolError(431)  # head too large
                if data.find(b'\n', 0, limits.max_readline + 2) < 0 and searched > limits.max_readline:
                    raise ProtocolError(414)  # request line too long
            more = await self.transport.recv(HEAD_SIZE)
            if not more:
                self.data = b''
                if searched:
                    raise ProtocolError(400)  # head ended early
                return None
            data = data + more if searched else more

    def _request(self, data):
        # Make a request of what was received, with a whole head at its beginning.
        app = self.app
        cls = app.request_class
        method, target, fields, end = parse_head(data, cls, app.last_fields)
        text, version, length, keep, expect = fields
        if len(text) <= _REMEMBERED:
            app.last_fields = fields
        self.data = data[end:] if end < len(data) else b''
        req = cls.from_wire(self, method, target, version, text)
        if length:
            from .body import Source
            req.source = Source(self, length, cls.max_content_length)
            if length > 0:
                req.content_length = length
            self.expect = expect
            self.timeout_ms = app.body_timeout_ms
        self.keep = keep and self.persistent
        return req

    async def _respond(self, req, res, failed=False):
        # Send a response; what fails before the first byte left becomes another response.
        app = self.app
        transport = self.transport
        status = res.status_code
        if status == 204 or status == 304 or status < 200:
            res.is_head = True  # these have no body
        if status == 408:
            self.keep = False  # what comes too late is no request
        chunks = None
        try:
            length = res.length()
            if length is None:
                from .chunks import start
                data, chunks, length = await start(res, app.invoke)
                if self.expect:  # "100 Continue" cannot follow, even where the body is read for what is sent
                    self.expect = self.keep = False
            else:
                data = b'' if res.is_head else res.body
                if self.keep and req.source:
                    self.keep = req.source.can_skip() and not self.expect
            head, data, rest = self._head(req, res, data, length, chunks)
        except Exception as exc:
            if chunks:
                await chunks.close()
            if failed:
                raise
            from .errors import fail
            return await self._respond(req, await fail(app, req, exc), True)
        # before the client can know, so that requests are reported in their order
        if req is not None and (app.debug or app.logger):
            app.log_request(req, res)
        try:
            if len(data) <= BODY_SIZE:  # it leaves in one send
                await transport.send(head + data)
            else:
                await transport.send(head)
                await transport.send(data)
            if chunks and not await chunks.stream(transport.send, rest):
                self.keep = False
        except Disconnected:
            raise
        except Exception as exc:
            # The client learns of it by the missing end of the body.
            print_exception(exc)
            self.keep = False
        finally:
            if chunks:
                await chunks.close()
        return res

    def _head(self, req, res, data, length, chunks):
        # Returns the head, the first piece of the body as it is sent, and how
        # many bytes the rest must have (-1: chunked, None: to the end).
        version = '1.1' if req is None or req.http_version != '1.0' else '1.0'
        headers = res.headers_or_none
        tail = b'' if headers and 'Date' in headers else self.app.date_line()
        rest = None
        size = length
        if headers and 'Content-Length' in headers:
            size = int(headers['Content-Length'])
            if length is not None and size != length and not res.is_head:
                # sent as the application wants it, but nothing can follow
                self.keep = False
        if chunks:
            if size is not None:
                rest = size - len(data)
            elif version == '1.1':
                from .chunks import encode_chunk
                rest = -1
                data = encode_chunk(data) if data else b''
                tail += b'Transfer-Encoding: chunked\r\n'
            else:
                self.keep = False
        if headers and 'Connection' in headers:
            if 'close' in headers['Connection'].lower():
                self.keep = False
        elif not self.keep:
            if version == '1.1':
                tail += b'Connection: close\r\n'
        elif version == '1.0':
            tail += b'Connection: keep-alive\r\n'
        if res.status_code == 304:
            length = None  # it would have to be that of the 200 response
        return res.encode(version, length, tail), data, rest
