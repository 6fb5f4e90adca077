"""The response: what a handler answers, and how its body is made into bytes."""
from .compat import BODY_SIZE
from .wire import reason_phrase


def abort(status_code, reason=None):
    """End the request with *status_code*; *reason* is the text of the body."""
    from .errors import HTTPException
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
    send_file_buffer_size = BODY_SIZE
    #: Content type of responses that do not name theirs.
    default_content_type = 'text/plain'
    #: ``Cache-Control: max-age`` of files, in seconds; ``None`` sends none.
    default_send_file_max_age = None
    #: Returned by a handler that took the connection over: nothing is written.
    already_handled = None

    #: Size of the file in the body, which makes conditional requests and
    #: ranges possible; ``None`` where the body is no such file.
    file_size = None
    #: Whether the body is not to be sent.
    is_head = False
    status_code = 200
    reason = None
    #: The headers if there are any: asking does not make them.
    headers_or_none = None

    def __init__(self, body='', status_code=200, headers=None, reason=None):
        if headers:
            self.headers = headers
        if isinstance(body, str):
            body = body.encode()
        elif isinstance(body, (dict, list)):
            from json import dumps
            body = dumps(body).encode()
            self.headers['Content-Type'] = 'application/json; charset=UTF-8'
        elif body is None and status_code == 200:
            body = b''
            status_code = 204
        if status_code != 200:
            self.status_code = status_code
        if reason is not None:
            self.reason = reason
        self.body = body

    @property
    def headers(self):
        """The headers, a :class:`NoCaseDict`."""
        if self.headers_or_none is None:
            self.headers = None
        return self.headers_or_none

    @headers.setter
    def headers(self, headers):
        from .multidict import NoCaseDict
        self.headers_or_none = NoCaseDict(headers)

    @classmethod
    def convert(cls, value):
        """Make a response of what a handler returned.

        That is a response, a body, a status code, or a tuple of a body or a
        status code with a status code, headers and reason, in this order.
        """
        if isinstance(value, str) or isinstance(value, (bytes, dict)):
            return cls(value)
        if isinstance(value, Response):
            return value
        if not isinstance(value, tuple):
            value = (value,)
        if _is_status(value[0]):
            value = (b'',) + value
        if len(value) > 1 and not _is_status(value[1]):
            value = (value[0], 200) + value[1:]
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
        if max_age is not None:
            max_age = '%d' % int(max_age)
        text = '%s=%s' % (cookie, value)
        parts = 0
        for name, item in zip('Path Domain Expires Max-Age Secure HttpOnly Partitioned SameSite'.split(), (
                path, domain, expires, max_age, bool(secure), bool(http_only), bool(partitioned), same_site)):
            if item:
                text += '; ' + name if item is True else '; %s=%s' % (name, item)
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
        if self.length() is not None:
            self.headers.setdefault('Content-Length', str(self.length()))
        self.headers.setdefault('Content-Type', self.default_type())

    def length(self):
        """Return the size of the body in bytes, or ``None`` if it has to be streamed."""
        body = self.body
        return len(body) if isinstance(body, bytes) or isinstance(body, (bytearray, memoryview)) else None

    def default_type(self):
        """Return the Content-Type where the headers have none."""
        value = self.default_content_type
        return value if 'charset=' in value else value + '; charset=UTF-8'

    def encode(self, version, length, tail=b''):
        """Encode the head.

        :param version: the version of HTTP, ``'1.0'`` or ``'1.1'``.
        :param length: size of the body in bytes, or ``None`` if it is not known.
        :param tail: more field lines, encoded, each with its CRLF.
        :raises ValueError: when a name or a value would break the head.
        """
        headers = self.headers_or_none
        if not headers and length is not None and version == '1.1' and self.status_code == 200 and \
                self.reason is None and self.default_content_type == 'text/plain':
            # most responses, at less cost
            return b''.join((b'HTTP/1.1 200 OK\r\nContent-Length: ', b'%d' % length,
                             b'\r\nContent-Type: text/plain; charset=UTF-8\r\n', tail, b'\r\n'))
        headers = headers or {}
        reason = reason_phrase(self.status_code) if self.reason is None else self.reason
        lines = ['HTTP/%s %d %s' % (version, self.status_code, reason)]
        for name, value in headers.items():
            for item in value if isinstance(value, list) else (value,):
                lines.append('%s: %s' % (name, item))
        if length is not None and 'Content-Length' not in headers:
            lines.append('Content-Length: %d' % length)
        if 'Content-Type' not in headers:
            lines.append('Content-Type: ' + self.default_type())
        lines.append('')
        text = '\r\n'.join(lines)
        # One count over the whole finds a line break in any name or value
        # (response splitting).
        if text.count('\n') >= len(lines) or text.count('\r') >= len(lines) or '\0' in text:
            raise ValueError('line break or NUL in a header')
        return text.encode() + tail + b'\r\n'

    def body_iter(self):
        """Iterate over the chunks of the body with ``for`` or, if it needs an event loop, ``async for``."""
        from .chunks import Chunks
        chunks = Chunks(self.body, self.send_file_buffer_size)
        if self.is_head:
            chunks.items = iter(())  # the body is closed, no more
        return chunks

    def write(self, stream):
        """Write the response to a stream, as HTTP/1.0.

        :param stream: an object with a ``write`` method, or with an ``awrite``
                       coroutine method; for the latter this returns a coroutine.
        """
        from .stream import write
        return write(self, stream)

    @classmethod
    def redirect(cls, location, status_code=302):
        """Return a response that sends the client elsewhere.

        :param location: the URL to go to.
        :param status_code: the status code.
        :raises ValueError: when there is a line break in the location.
        """
        if '\r' in location or '\n' in location or '\0' in location:
            raise ValueError('line break or NUL in a header')
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
        from .files import send_file
        return send_file(cls, filename, status_code, content_type, stream, max_age, compressed,
                         file_extension)


Response.already_handled = Response()


def _is_status(value):
    return isinstance(value, int) and not isinstance(value, bool)


redirect = Response.redirect
send_file = Response.send_file
