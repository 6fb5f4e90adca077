"""A client connection of our own servers: requests in, responses out, as long as it lasts (RFC 9112, section 9)."""
from .compat import MICROPYTHON, const, print_exception
from .response import Response
from .wire import (CHUNKED, EXPECT, KEEP_ALIVE, Disconnected, ProtocolError, Reader, TimedOut,
                   parse_head)

# A body up to this size leaves in one send with the head, in bytes.
_COALESCE = 1024 if MICROPYTHON else 65536
# What is read of an unwanted body before the connection is given up, in bytes.
_DRAIN = 8 * 1024 if MICROPYTHON else 256 * 1024
_DRAIN_TIMEOUT_MS = const(500)
_DRAIN_SIZE = const(1024)
_UNREAD = (413, 414, 431)


class Connection:
    """A connection to a client.

    :param app: the application that serves it.
    :param transport: see :mod:`microdot.wire`.
    :param client_addr: address of the client.
    :param scheme: ``'http'`` or ``'https'``.
    :param sock: what ``request.sock`` is.
    :param persistent: whether the connection may be kept after a response.
    """
    def __init__(self, app, transport, client_addr, scheme='http', sock=None, persistent=True):
        self.app = app
        self.transport = transport
        self.client_addr = client_addr
        self.scheme = scheme
        self.sock = sock
        self.persistent = persistent
        self.reader = Reader(transport, app.body_timeout_ms)
        #: whether the connection waits for a request, so that nothing is lost when it is closed
        self.idle = True
        self._keep = False
        # with TLS, the first thing received is what the handshake ends with
        self._handshaken = False

    async def serve(self):
        """Serve the connection to its end, and close it."""
        try:
            first = True
            while await self._exchange(first):
                first = False
        except Disconnected as exc:
            if self.scheme == 'https' and not self._handshaken:
                print('TLS handshake with %s failed: %s' % (self.client_addr, exc))
        finally:
            self.transport.close()

    async def send(self, data):
        """Send to the client; for a handler that takes the connection over."""
        await self.transport.send(data)

    def timer(self, ms):
        """Limit how long the client may take to send what is received next, in milliseconds; 0 does not."""
        self.transport.timer(ms)

    def close(self):
        """Close the connection."""
        self.transport.close()

    async def receive(self, first=True):
        """Receive the head of a request; returns ``None`` at the end of the connection.

        :param first: whether it is the first one.
        :raises ProtocolError: when it is malformed.
        """
        reader = self.reader
        app = self.app
        cls = app.request_class
        data = await reader.read_head(first, self._started, cls.max_readline, cls.max_head_length)
        if data is None:
            return None
        method, target, version, fields, length, flags, end = parse_head(
            data, cls.max_readline, cls.max_head_length)
        reader.unread(data[end:])
        req = cls.from_wire(self, method, target, version, fields)
        if length > 0:
            from .body import LengthBody
            req.content_length = length
            req.source = LengthBody(reader, length)
        elif flags & CHUNKED:
            from .body import ChunkedBody
            req.source = ChunkedBody(reader, cls.max_content_length)
        reader.expect = flags & EXPECT and req.source
        self._keep = flags & KEEP_ALIVE and self.persistent
        return req

    def _started(self):
        self.idle = False
        self._handshaken = True
        self.transport.timer(self.app.head_timeout_ms)

    async def _exchange(self, first):
        # Serve one request; tells whether another one can follow.
        app = self.app
        self.idle = True
        self._keep = False
        req = None
        status = 400
        self.transport.timer(app.head_timeout_ms if first else app.idle_timeout_ms)
        try:
            req = await self.receive(first)
            if req is None and not first:
                return False
        except ProtocolError as exc:
            status = exc.status
        except TimedOut:
            if self.idle:
                return False
            status = 408
        res = await app.dispatch(req, status)
        if res is Response.already_handled:
            return False
        res = await self._respond(req, res)
        if req is not None and req.source is None:
            return self._keep and self.persistent
        return await self._finish(req, res)

    async def _respond(self, req, res):
        # Send a response; what fails before the first byte left becomes another response.
        try:
            head, data, chunks, rest = await self._prepare(req, res)
        except Disconnected:
            raise
        except Exception as exc:
            res = await self.app.dispatch_failure(req, exc)
            head, data, chunks, rest = await self._prepare(req, res)
        # before the client can know, so that requests are reported in their order
        if req is not None and (self.app.debug or self.app.logger):
            self.app.log_request(req, res)
        transport = self.transport
        if len(data) <= _COALESCE:
            await transport.send(head + data)
        else:
            await transport.send(head)
            await transport.send(data)
        if chunks:
            try:
                await self._stream(chunks, rest)
            except Disconnected:
                raise
            except Exception as exc:
                # The client learns of it by the missing end of the body.
                print_exception(exc)
                self._keep = False
            finally:
                await chunks.close()
        return res

    async def _prepare(self, req, res):
        # Returns the head, the first piece of the body, what gives the rest of
        # it, and how many bytes that must be (-1: chunked, None: to the end).
        version = '1.1' if req is None or req.http_version != '1.0' else '1.0'
        status = res.status_code
        bodiless = res.is_head or status == 204 or status == 304 or status < 200
        data = res.body
        chunks = rest = None
        length = res.length()
        if length is None:
            data, chunks, length = await self._start(res, bodiless)
        tail = self.app.date_line()
        headers = res.headers_or_none
        size = length
        if headers:
            size = self._declared(headers, length, bodiless)
        if chunks:
            if size is not None:
                rest = size - len(data)
            elif version == '1.1':
                from .body import encode_chunk
                rest = -1
                data = encode_chunk(data) if data else b''
                tail += b'Transfer-Encoding: chunked\r\n'
            else:
                self._keep = False
        if headers and 'Connection' in headers:
            if 'close' in headers['Connection'].lower():
                self._keep = False
        elif not self._keep:
            if version == '1.1':
                tail += b'Connection: close\r\n'
        elif version == '1.0':
            tail += b'Connection: keep-alive\r\n'
        if status == 304:
            length = None  # it would have to be that of the 200 response
        return res.encode(version, length, tail), b'' if bodiless else data, chunks, rest

    async def _start(self, res, bodiless):
        # Take the first chunk, so that a body that fails at once can still
        # be answered with an error, and an empty one with its length.
        from .chunks import Chunks
        chunks = Chunks(res.body, res.send_file_buffer_size, self.app.invoke)
        if bodiless:
            await chunks.close()
            return b'', None, None if res.body is not None else 0
        try:
            data = await chunks.next()
        except BaseException:
            await chunks.close()
            raise
        if data is None:
            await chunks.close()
            return b'', None, 0
        return data, chunks, None

    def _declared(self, headers, length, bodiless):
        # the size of the body as the response declares it, if it does
        if 'Content-Length' not in headers:
            return length
        size = int(headers['Content-Length'])
        if length is not None and size != length and not bodiless:
            # sent as the application wants it, but nothing can follow
            self._keep = False
        return size

    async def _stream(self, chunks, rest):
        if rest == -1:
            await chunks.send_all(self._send_chunk)
            await self.transport.send(b'0\r\n\r\n')
        elif await chunks.send_all(self.transport.send) != rest:
            self._keep = False

    async def _send_chunk(self, data):
        from .body import encode_chunk
        await self.transport.send(encode_chunk(data))

    async def _finish(self, req, res):
        # What the client still sends of a body that nobody wants is read, up
        # to a limit: to find the next request, or because closing a
        # connection with unread input destroys the response on its way.
        source = req.source if req else None
        if source and not source.done:
            if self.reader.expect:
                return False
            return await self._drain(source.recv) and self._keep and self.persistent
        if res.status_code in _UNREAD and not self._keep:
            await self._drain(self.reader.recv)
        return self._keep and self.persistent

    async def _drain(self, recv):
        self.reader.timeout_ms = 0
        self.transport.timer(_DRAIN_TIMEOUT_MS)
        left = _DRAIN
        try:
            while left > 0:
                data = await recv(_DRAIN_SIZE)
                if not data:
                    break
                left -= len(data)
        except (ProtocolError, Disconnected):
            return False
        self.reader.timeout_ms = self.app.body_timeout_ms
        return left > 0
