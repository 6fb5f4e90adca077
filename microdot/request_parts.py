"""The parts of a request that are made when they are asked for: one function for each attribute."""
import json

from .body import BodyStream
from .compat import MICROPYTHON
from .multidict import MultiDict, NoCaseDict
from .urlcode import parse_query
from .wire import ProtocolError


def make(req, name):
    """Make an attribute of a request.

    :raises AttributeError: when requests have no such attribute.
    """
    own = getattr(type(req), 'make_' + name, None)
    if own:
        return own(req)
    if name in ('app', 'client_addr', 'sock', 'scheme') and req.connection is not None:
        return getattr(req.connection, name)
    f = _PARTS.get(name)
    if f is None:
        raise AttributeError(name)
    return f(req)


def parse_headers(req):
    """Parse the field lines of a request; of a repeated name the last value wins.

    Cookie fields are joined instead (RFC 9113, section 8.2.3).
    """
    headers = NoCaseDict()
    for line in req.fields.split('\n')[1:]:
        name, colon, value = line.partition(':')
        if colon:
            value = value.strip()
            if name.lower() == 'cookie' and name in headers:
                value = headers[name] + '; ' + value
            headers[name] = value
    return headers


def _content_type(req):
    return req.headers.get('Content-Type')


def _args(req):
    return parse_query(req.query_string) if req.query_string else MultiDict()


def _cookies(req):
    # RFC 6265, section 4.2
    cookies = {}
    for pair in req.headers.get('Cookie', '').split(';'):
        name, _, value = pair.partition('=')
        name = name.strip()
        if name:
            cookies[name] = value.strip()
    return cookies


def _media_type(req):
    return (req.content_type or '').split(';')[0].strip().lower()


def _json(req):
    if _media_type(req) != 'application/json':
        return None
    try:
        return json.loads(req.body if MICROPYTHON else req.body.decode())
    except (ValueError, RuntimeError):  # CPython: nested too deep
        raise ProtocolError(400)  # body is not JSON


def _form(req):
    if _media_type(req) != 'application/x-www-form-urlencoded':
        return None
    return parse_query(req.body)


def _body_stream(req):
    return BodyStream(b'', req.source) if req.source else BodyStream(req.body)


def _after_request_handlers(req):
    req.after_hooks = []
    return req.after_hooks


_PARTS = {
    'after_request_handlers': _after_request_handlers,
    'args': _args,
    'body_stream': _body_stream,
    'content_type': _content_type,
    'cookies': _cookies,
    'files': lambda req: None,
    'form': _form,
    'g': lambda req: req.G(),
    'headers': parse_headers,
    'json': _json,
    'url_args': lambda req: {},
}
