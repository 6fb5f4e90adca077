"""What serving under somebody else's server takes, be it WSGI or ASGI."""
import os
import signal
from functools import lru_cache
from urllib.parse import quote

from .chunks import start
from .errors import fail
from .multidict import NoCaseDict
from .response import Response
from .wire import Disconnected, ProtocolError

_SAFE = "/:@!$&'()*+,;=~"
_BODILESS = (204, 304)


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
    """Return the value of a Content-Length header; raises :class:`ProtocolError` for no number."""
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


def join_target(path, query):
    """Return a request target of a path and the query string, ``None`` where there is none."""
    return path if query is None else path + '?' + query


@lru_cache(256)
def spell_name(name):
    """Return the usual spelling of a field name that a server gives in another one."""
    return name.replace('_', '-').title()


def collect_headers(fields):
    """Return the header fields of a request, ``(name, value)`` pairs, as a dictionary."""
    headers = NoCaseDict()
    for name, value in fields:
        # HTTP/2 sends each cookie by itself (RFC 9113, section 8.2.3).
        if name == 'Cookie' and name in headers:
            value = headers[name] + '; ' + value
        headers[name] = value
    return headers


async def respond(app, sends_files, make_request, *description):
    """Make a request of what a server says of it, and begin the response: what fails there becomes another response.

    :param sends_files: whether the server can send an open file by itself.
    :param make_request: makes the request; :class:`ProtocolError` tells that it is malformed.
    :param description: the arguments of *make_request*, after the application.
    :return: ``(req, res, fields, data, chunks)``: the request, ``None`` where there is none; the response; its header
             fields, ``None`` where the handler took the connection over; the body or its first chunk, or an open file
             where the server sends those; and what gives the other chunks, ``None`` without any.
    :raises Disconnected: when the client went away meanwhile.
    """
    req = error = None
    try:
        req = make_request(app, *description)
    except ProtocolError as exc:
        error = exc
    res = await app.dispatch(req, error)
    if res is Response.already_handled:
        return req, res, None, b'', None
    failed = False
    while True:
        try:
            length = res.length()
            fields = header_fields(res, length)
            if res.status_code in _BODILESS:
                res.is_head = True
            if length is not None:
                return req, res, fields, b'' if res.is_head else res.body, None
            if sends_files and not res.is_head and _is_file(res.body):
                return req, res, fields, res.body, None
            data, chunks, _ = await start(res, app.invoke)
            return req, res, fields, data, chunks
        except Disconnected:
            raise
        except Exception as exc:
            if failed:
                raise
            failed = True
            res = await fail(app, req, exc)


def _is_file(body):
    # What the server can send by itself, perhaps with the system's help.
    return hasattr(body, 'fileno') and hasattr(body, 'seekable') and body.seekable()


def header_fields(res, length):
    """Return the header fields of a response as a list of ``(name, value)``; raises ``ValueError`` for bad ones.

    :param length: size of the body in bytes, or ``None`` if it is not known.
    """
    headers = res.headers_or_none or {}
    fields = _checked(headers, res.reason or '') if headers or res.reason else []
    if res.status_code in _BODILESS:
        # Servers refuse headers of a body that there is none of.
        return [field for field in fields if field[0].lower() not in ('content-type', 'content-length')]
    if length is not None and 'Content-Length' not in headers:
        fields.append(('Content-Length', str(length)))
    if 'Content-Type' not in headers:
        fields.append(('Content-Type', res.default_type()))
    return fields


def _checked(headers, reason):
    fields = []
    for name, value in headers.items():
        if isinstance(value, list):
            fields.extend([(name, str(item)) for item in value])
        else:
            fields.append((name, str(value)))
    text = reason + ''.join([name + value for name, value in fields])
    if '\n' in text or '\r' in text or '\0' in text:
        raise ValueError('line break or NUL in a response header')
    return fields


class Guest:
    """What an application has that somebody else's server serves: it can still run by itself."""
    _embedded = False

    def run(self, host='0.0.0.0', port=5000, debug=False, **options):
        """Serve the application with the framework's own server; see :meth:`microdot.Microdot.run`."""
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


def stop_server():
    """Ask the server that this process belongs to to stop."""
    os.kill(os.getpgrp() if hasattr(os, 'getpgrp') else os.getpid(), signal.SIGTERM)
