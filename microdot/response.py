"""The response: what a handler answers, and how its body is made into bytes."""
import json
import os

from .compat import MICROPYTHON, needs_settling, settle
from .multidict import NoCaseDict
from .wire import encode_head

_BYTES = (bytes, bytearray, memoryview)


class HTTPException(Exception):
    """Ends the handling of a request with a status code; raised by :func:`abort`."""
    def __init__(self, status_code, reason=None):
        super().__init__(status_code, reason)
        self.status_code = status_code
        self.reason = reason or '%d error' % status_code


def abort(status_code, reason=None):
    """End the request with *status_code*; *reason* is the text of the body."""
    raise HTTPException(status_code, reason)


class Response:
    """An HTTP response.

    :param body: ``str`` or bytes; ``dict`` or ``list`` for JSON; a file, a
                 generator or an (asynchronous) iterator to stream; ``None``
                 for no content.
    :param status_code: the status code.
    :param headers: a dictionary of headers; a list as value gives several fields.
    :param reason: the reason phrase, when not the standard one.
    """

    #: Content types by file extension.
    types_map = {
        'css': 'text/css',
        'gif': 'image/gif',
        'htm': 'text/html',
        'html': 'text/html',
        'ico': 'image/x-icon',
        'jpeg': 'image/jpeg',
        'jpg': 'image/jpeg',
        'js': 'application/javascript',
        'json': 'application/json',
        'mjs': 'application/javascript',
        'pdf': 'application/pdf',
        'png': 'image/png',
        'svg': 'image/svg+xml',
        'txt': 'text/plain',
        'wasm': 'application/wasm',
        'webp': 'image/webp',
        'woff2': 'font/woff2',
        'xml': 'application/xml',
    }
    #: Size of the pieces in which files are sent, in bytes.
    send_file_buffer_size = 1024 if MICROPYTHON else 65536
    #: Content type of responses that do not name theirs.
    default_content_type = 'text/plain'
    #: ``Cache-Control: max-age`` of files, in seconds; ``None`` sends none.
    default_send_file_max_age = None
    #: Returned by a handler that took the connection over: nothing is written.
    already_handled = None

    #: Size of the file in the body, which makes conditional requests and
    #: ranges possible; ``None`` where the body is no such file.
    file_size = None
    is_head = False
    status_code = 200
    reason = None
    #: The headers if there are any: asking does not make them.
    headers_or_none = None

    def __init__(self, body='', status_code=200, headers=None, reason=None):
        if isinstance(body, str):
            body = body.encode()
        elif body is None and status_code == 200:
            body = b''
            status_code = 204
        if status_code != 200:
            self.status_code = status_code
        if reason is not None:
            self.reason = reason
        if headers:
            self.headers = headers
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            self.headers['Content-Type'] = 'application/json; charset=UTF-8'
        self.body = body

    @property
    def headers(self):
        """The headers, a :class:`NoCaseDict`."""
        if self.headers_or_none is None:
            self.headers_or_none = NoCaseDict()
        return self.headers_or_none

    @headers.setter
    def headers(self, headers):
        self.headers_or_none = NoCaseDict(headers)

    @classmethod
    def convert(cls, value):
        """Make a response of what a handler returned.

        That is a response, a body, a status code, or a tuple of a body or a
        status code with a status code, headers and reason, in this order.
        """
        if isinstance(value, (str, bytes, dict)):
            return cls(value)
        if isinstance(value, Response):
            return value
        if not isinstance(value, tuple):
            value = (value,)
        if _is_status(value[0]):
            value = (b'',) + value
        body = value[0]
        if len(value) > 1 and not _is_status(value[1]):
            value = (body, 200) + value[1:]
        if isinstance(body, (Response, int, float, bool)):
            raise TypeError('a handler cannot return %s as the body' % type(body))
        return cls(*value)

    def set_cookie(self, cookie, value, path=None, domain=None, expires=None,
                   max_age=None, secure=False, http_only=False,
                   partitioned=False, same_site=None):
        """Add a cookie (RFC 6265, section 4.1).

        :param cookie: its name.
        :param value: its value.
        :param path: the path it is sent to.
        :param domain: the domain it is sent to.
        :param expires: when it ends: a ``datetime``, or a string as it is.
        :param max_age: how long it lives, in seconds.
        :param secure: send it over HTTPS only.
        :param http_only: hide it from scripts.
        :param partitioned: one cookie jar for each top-level site.
        :param same_site: ``'Strict'``, ``'Lax'`` or ``'None'``.
        :raises ValueError: when a part would break the header.
        """
        if hasattr(expires, 'strftime'):
            expires = expires.strftime('%a, %d %b %Y %H:%M:%S GMT')
        text = '%s=%s' % (cookie, value)
        parts = 0
        for name, item in (('Path', path), ('Domain', domain), ('Expires', expires)):
            if item:
                text += '; %s=%s' % (name, item)
                parts += 1
        if max_age is not None:
            text += '; Max-Age=%d' % max_age
            parts += 1
        for name, flag in (('Secure', secure), ('HttpOnly', http_only),
                           ('Partitioned', partitioned)):
            if flag:
                text += '; ' + name
                parts += 1
        if same_site:
            text += '; SameSite=' + same_site
            parts += 1
        if text.count(';') != parts or '\r' in text or '\n' in text or '\0' in text:
            raise ValueError('semicolon or line break in a cookie')
        cookies = self.headers.setdefault('Set-Cookie', [])
        if not isinstance(cookies, list):
            cookies = self.headers['Set-Cookie'] = [cookies]
        cookies.append(text)

    def delete_cookie(self, cookie, **kwargs):
        """Delete a cookie.

        :param cookie: its name.
        :param kwargs: the path, domain and so on that it was set with.
        """
        kwargs['expires'] = 'Thu, 01 Jan 1970 00:00:01 GMT'
        kwargs['max_age'] = 0
        self.set_cookie(cookie, '', **kwargs)

    def complete(self):
        """Fill in Content-Length and Content-Type where they are missing."""
        headers = self.headers
        length = self.length()
        if length is not None:
            headers.setdefault('Content-Length', str(length))
        headers.setdefault('Content-Type', self._content_type())

    def length(self):
        """Return the size of the body in bytes, or ``None`` if it has to be streamed."""
        body = self.body
        return len(body) if isinstance(body, _BYTES) else None

    def _content_type(self):
        value = self.default_content_type
        if value == 'text/plain':
            return 'text/plain; charset=UTF-8'  # making text costs more than comparing it
        return value if 'charset=' in value else value + '; charset=UTF-8'

    def fields(self):
        """Return the header fields as a list of ``(name, value)``, all of them ``str``."""
        self.complete()
        fields = []
        for name, value in self.headers.items():
            for item in value if isinstance(value, list) else (value,):
                fields.append((name, str(item)))
        return fields

    def encode(self, version, length, tail=b''):
        """Encode the head.

        :param version: the version of HTTP, ``'1.0'`` or ``'1.1'``.
        :param length: size of the body in bytes, or ``None`` if it is not known.
        :param tail: more field lines, encoded, each with its CRLF.
        """
        headers = self.headers_or_none or ()
        if 'Content-Type' not in headers:
            tail = b'Content-Type: ' + self._content_type().encode() + b'\r\n' + tail
        if length is not None and 'Content-Length' not in headers:
            tail = b'Content-Length: %d\r\n' % length + tail
        return encode_head(version, self.status_code, self.reason,
                           headers.items() if headers else None, tail)

    def body_iter(self):
        """Iterate over the chunks of the body with ``for`` or, if it needs an event loop, ``async for``."""
        return Chunks(b'' if self.is_head else self.body, self.send_file_buffer_size)

    def write(self, stream):
        """Write the response to a stream, as HTTP/1.0.

        :param stream: an object with a ``write`` method, or with an ``awrite``
                       coroutine method; for the latter this returns a coroutine.
        """
        from .stream import write_response
        return write_response(self, stream)

    @classmethod
    def redirect(cls, location, status_code=302):
        """Return a response that sends the client elsewhere.

        :param location: the URL to go to.
        :param status_code: the status code.
        :raises ValueError: when there is a line break in the location.
        """
        if '\r' in location or '\n' in location:
            raise ValueError('line break in the location of a redirect')
        return cls(status_code=status_code, headers={'Location': location})

    @classmethod
    def send_file(cls, filename, status_code=200, content_type=None,
                  stream=None, max_age=None, compressed=False,
                  file_extension=''):
        """Return a response with the contents of a file.

        The size and the time of the file give Content-Length, Last-Modified
        and ETag, and with them conditional requests and ranges.

        :param filename: name of the file. It is opened as it is: never pass on
                         what a client sent (see :mod:`microdot.static`).
        :param status_code: the status code.
        :param content_type: the content type, if the extension does not tell.
        :param stream: an open file to send in place of *filename*.
        :param max_age: how long it may be cached, in seconds.
        :param compressed: the file is compressed already: ``True`` for gzip, or
                           the name of the content coding.
        :param file_extension: extension to append to the name before opening.
        :raises HTTPException: 404 when there is no such file.
        """
        headers = {'Content-Type': content_type or _guess_type(cls, filename, compressed)}
        if compressed:
            headers['Content-Encoding'] = compressed if isinstance(compressed, str) else 'gzip'
        if max_age is None:
            max_age = cls.default_send_file_max_age
        if max_age is not None:
            headers['Cache-Control'] = 'max-age=%d' % max_age
        size = None
        if stream is None:
            stream, size, headers_of_file = _open(filename + file_extension)
            headers.update(headers_of_file)
        res = cls(stream, status_code, headers)
        res.file_size = size
        return res


Response.already_handled = Response()


def _is_status(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _guess_type(cls, filename, compressed):
    if compressed and filename.endswith('.gz'):
        filename = filename[:-3]
    return cls.types_map.get(filename.split('.')[-1].lower(), 'application/octet-stream')


def _open(filename):
    try:
        stat = os.stat(filename)
        stream = open(filename, 'rb')
    except OSError:
        raise HTTPException(404, 'Not found')
    if stat[0] & 0xf000 != 0x8000:  # S_IFREG: MicroPython opens folders too
        stream.close()
        raise HTTPException(404, 'Not found')
    size = stat[6]
    headers = {'Content-Length': str(size)}
    if stat[8]:  # a file system without times says 0
        from .httpdate import format_date
        headers['Last-Modified'] = format_date(stat[8])
        headers['ETag'] = '"%x-%x"' % (stat[8], size)
    return stream, size, headers


def _next(iterator):
    # StopIteration cannot leave a coroutine or a thread pool's future
    return next(iterator, None)


async def _inline(f, arg):
    return f(arg)


class Chunks:
    """The chunks of a response body, whatever it is made of.

    :param body: the body of a response. Beside what handlers return, it may be
                 an object with a coroutine method ``write_to(send)``, which
                 sends the body and ends with it.
    :param size: size of the pieces in which a file is read, in bytes.
    :param invoke: runs a function that may block: ``await invoke(f, arg)``.
    """
    def __init__(self, body, size, invoke=_inline):
        self._body = body
        self._size = size
        self._invoke = invoke
        self._buffer = None
        self._write_to = getattr(body, 'write_to', None)
        if self._write_to:
            self._items = iter((b'',))
            self._pull = self._pull_inline
        elif hasattr(body, '__aiter__'):
            self._items = body.__aiter__()
            self._pull = self._pull_async
        elif hasattr(body, 'read'):
            self._pull = self._pull_file
            if MICROPYTHON and hasattr(body, 'readinto'):
                self._buffer = memoryview(bytearray(size))
        elif body is None or isinstance(body, _BYTES):
            self._items = iter((body,) if body else ())
            self._pull = self._pull_inline
        elif hasattr(body, '__next__') or hasattr(body, '__iter__'):
            self._items = iter(body)
            self._pull = self._pull_sync
        else:
            raise TypeError('a response body cannot be %s' % type(body))

    async def next(self):
        """Return the next chunk, bytes of any kind, or ``None`` after the last."""
        chunk = await self._pull()
        return chunk.encode() if isinstance(chunk, str) else chunk

    async def _pull_async(self):
        try:
            return await self._items.__anext__()
        except StopAsyncIteration:
            return None

    async def _pull_inline(self):
        return _next(self._items)

    async def _pull_sync(self):
        return await self._invoke(_next, self._items)

    async def _pull_file(self):
        if self._buffer:
            chunk = self._body.readinto(self._buffer)
        else:
            chunk = self._body.read(self._size)
        if needs_settling(chunk):
            chunk = await settle(chunk)
        if self._buffer and chunk:
            return self._buffer[:chunk]
        return chunk or None

    @property
    def sends_itself(self):
        """Whether the body sends itself, as it comes up with something, in ``send_all()`` alone."""
        return self._write_to is not None

    async def send_all(self, send):
        """Send what is left of the body; returns how many bytes that were, or ``None``.

        :param send: ``await send(chunk)``.
        """
        if self._write_to:
            return await self._write_to(send)
        size = 0
        while True:
            chunk = await self.next()
            if chunk is None:
                return size
            if chunk:
                await send(chunk)
                size += len(chunk)

    async def close(self):
        """Close the body if it can be closed; safe to call at any time."""
        body, self._body = self._body, None
        close = getattr(body, 'aclose', None) or getattr(body, 'close', None)
        if close:
            result = close()
            if needs_settling(result):
                await settle(result)

    def __aiter__(self):
        return self

    async def __anext__(self):
        chunk = await self.next()
        if chunk is None:
            await self.close()
            raise StopAsyncIteration
        return chunk

    def __iter__(self):
        return self

    def __next__(self):
        from .compat import drive
        chunk = drive(self.next())
        if chunk is None:
            drive(self.close())
            raise StopIteration
        return chunk


redirect = Response.redirect
send_file = Response.send_file
