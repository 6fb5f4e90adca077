"""What serving under somebody else's server takes, be it WSGI or ASGI."""
import os
import signal
from urllib.parse import quote

from .chunks import Chunks
from .wire import Disconnected, ProtocolError

_SAFE = "/:@!$&'()*+,;=~"


class Body:
    """A request body as a source for the engine, limited as the engine's own are.

    :param receive: coroutine function that returns up to n bytes, ``b''`` at the end of the body.
    :param length: its size in bytes, -1 when that is not known.
    :param limit: the largest size accepted where it is not known.
    """
    def __init__(self, receive, length, limit):
        self._receive = receive
        self._left = limit if length < 0 else length
        self._exact = length >= 0

    async def recv(self, n):
        """Receive 1 to *n* bytes of the body; ``b''`` at its end."""
        if self._exact:
            n = min(n, self._left)
            if not n:
                return b''
        data = await self._receive(n)
        self._left -= len(data)
        if not data and self._exact:
            raise Disconnected()
        if self._left < 0:
            raise ProtocolError(413)  # body too large
        return data


def body_length(text):
    """Return the value of a Content-Length header, -1 without one; raises :class:`ProtocolError` for no number."""
    if not text:
        return -1
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError(400)  # bad Content-Length
    return int(text)


def decode_path(raw):
    """Return the path whose bytes a server decoded; they stay encoded where they are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeError:
        return quote_path(raw)


def quote_path(path):
    """Return a path as it is in a URL."""
    return quote(path, _SAFE)


async def begin(app, req, res):
    """Take what is needed to begin a response: what fails there becomes another response.

    :return: ``(res, fields, data, chunks)``: the response, its header fields, the body or its first chunk, and what
             gives the other chunks, ``None`` without any.
    """
    try:
        return await _begin(app, res)
    except Disconnected:
        raise
    except Exception as exc:
        return await _begin(app, await app.dispatch_failure(req, exc))


async def _begin(app, res):
    fields = header_fields(res)
    bodiless = res.is_head or res.status_code in (204, 304)
    if res.length() is not None:
        return res, fields, b'' if bodiless else res.body, None
    chunks = Chunks(res.body, res.send_file_buffer_size, app.invoke)
    try:
        data = None if bodiless else await chunks.next()
    except BaseException:
        await chunks.close()
        raise
    if data is None:
        await chunks.close()
        return res, fields, b'', None
    return res, fields, data, chunks


def header_fields(res):
    """Return the header fields of a response as a list of ``(name, value)``; raises ``ValueError`` for bad ones."""
    headers = res.headers_or_none or {}
    fields = []
    for name, value in headers.items():
        if isinstance(value, list):
            fields.extend([(name, str(item)) for item in value])
        else:
            fields.append((name, str(value)))
    if res.status_code in (204, 304):
        # Servers refuse headers of a body that there is none of.
        fields = [field for field in fields if field[0].lower() not in ('content-type', 'content-length')]
    else:
        if 'Content-Length' not in headers and res.length() is not None:
            fields.append(('Content-Length', str(res.length())))
        if 'Content-Type' not in headers:
            fields.append(('Content-Type', res.default_type()))
    text = ''.join([name + value for name, value in fields])
    if '\n' in text or '\r' in text or '\0' in text:
        raise ValueError('line break or NUL in a response header')
    return fields


def stop_server():
    """Ask the server that this process belongs to to stop."""
    os.kill(os.getpgrp() if hasattr(os, 'getpgrp') else os.getpid(), signal.SIGTERM)
