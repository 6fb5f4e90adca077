"""The parts of a request that are made when they are asked for."""
from .wire import ProtocolError


def make(req, name):
    """Make an attribute of a request; a method ``make_...`` of the class comes first.

    :raises AttributeError: when requests have no such attribute.
    """
    own = getattr(type(req), 'make_' + name, None)
    if own:
        return own(req)
    if name in ('app', 'client_addr', 'sock', 'scheme') and req.connection:
        value = getattr(req.connection, name)
        if name == 'sock' and value is None:
            value = req.connection.transport, req.connection.transport
        return value
    if name == 'headers':
        return parse_headers(req)
    if name == 'content_type':
        return req.headers.get('Content-Type')
    if name == 'args' or name == 'form' and _is_of(req, 'application/x-www-form-urlencoded'):
        from .urlcode import parse_query
        return parse_query(req.body if name == 'form' else req.query_string or '')
    if name == 'json' and _is_of(req, 'application/json'):
        from json import loads
        try:
            return loads(req.body)
        except (ValueError, RuntimeError):  # the latter when it is nested too deep
            raise ProtocolError(400)  # body is not JSON
    if name in ('form', 'json', 'files'):
        return None
    if name == 'cookies':
        return _parse_cookies(req.headers.get('Cookie', ''))
    if name == 'g':
        return req.G()
    if name == 'url_args':
        return {}
    if name == 'after_request_handlers':
        req.after_hooks = []
        return req.after_hooks
    if name == 'stream':
        return req.body_stream
    if name == 'body_stream':
        from .body import BodyStream
        return BodyStream(b'' if req.source else req.body, req.source)
    raise AttributeError(name)


def parse_headers(req):
    """Parse the field lines of a request; of a repeated name the last value wins.

    Cookie fields are joined instead (RFC 9113, section 8.2.3).
    """
    from .multidict import NoCaseDict
    headers = NoCaseDict()
    for line in req.fields.decode().split('\n'):
        name, colon, value = line.partition(':')
        if colon:
            value = value.lstrip().rstrip()  # strip() of MicroPython looks at every character
            if len(name) == 6 and name.lower() == 'cookie' and name in headers:
                value = headers[name] + '; ' + value
            headers[name] = value
    return headers


def _is_of(req, type):
    return (req.content_type or '').split(';')[0].strip().lower() == type


def _parse_cookies(text):
    # RFC 6265, section 4.2
    cookies = {}
    for pair in text.split(';'):
        name, _, value = pair.partition('=')
        name = name.strip()
        if name:
            cookies[name] = value.strip()
    return cookies
