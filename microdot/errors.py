"""How an application answers what goes wrong: its error handlers, by status code and by class, and what there is without them."""
from .compat import print_exception
from .response import Response
from .wire import Disconnected, ProtocolError, TimedOut, reason_phrase

_TEXTS = {400: 'Bad request', 404: 'Not found', 405: 'Not found',
          413: 'Payload too large', 500: 'Internal server error'}


class HTTPException(Exception):
    """Ends the handling of a request with a status code; raised by :func:`abort`."""
    def __init__(self, status_code, reason=None):
        super().__init__(status_code, reason)
        self.status_code = status_code
        self.reason = reason or '%d error' % status_code


def mro(cls):
    """Return a class and its bases in the order in which error handlers are looked up."""
    if hasattr(cls, '__mro__'):
        return cls.__mro__
    order = [cls]
    for base in cls.__bases__:
        for ancestor in mro(base):
            if ancestor in order:  # of a base that comes twice, the last one counts
                order.remove(ancestor)
            order.append(ancestor)
    return order


def allowed_methods(app, routes):
    """Return the methods of some routes as the value of the Allow header."""
    methods = []
    for route in routes:
        methods.extend(route[0])
    if 'GET' in methods:
        methods.append('HEAD')
    if app.options_handler:
        methods.append('OPTIONS')
    return ', '.join(methods)


async def unmatched(app, req, method, routes):
    """Return the response to a request that no route takes.

    :param routes: those that match its path with another method.
    """
    options = method == 'OPTIONS' and app.options_handler
    if routes and not options:
        req.subapp = routes[0][4]
        req.scope = routes[0][1].scope
    try:
        if req.source and (app.error_handlers or req.scope):
            await req.load_body()  # error handlers may look at it
        if options:
            res = Response('', 200, await app.invoke(options, req))
        elif not routes:
            res = await _response(app, None, req, 404)
        else:
            res = await _response(app, req.scope, req, 405)
            res.headers.setdefault('Allow', allowed_methods(app, routes))
    except Exception as exc:
        res = await failure(app, req.scope, req, exc)
    return await after_error(app, req.scope, req, res)


async def fail(app, req, exc):
    """Return the response to an exception that was raised outside of a handler.

    :param req: the request, or ``None`` if it could not be parsed.
    """
    scope = req and req.scope
    res = await after_error(app, scope, req, await failure(app, scope, req, exc))
    if req and res is not Response.already_handled:
        res.is_head = req.method.upper() == 'HEAD'
    return res


async def failure(app, scope, req, exc):
    """Return the response to an exception, before the hooks.

    :param scope: the sub-application whose handlers apply too, if any.
    :raises Disconnected: when that is what happened.
    """
    status = 500
    text = None
    if isinstance(exc, ProtocolError):
        status = exc.status
    elif isinstance(exc, TimedOut):
        status = 408
    elif isinstance(exc, Disconnected):
        raise exc
    else:
        try:
            if isinstance(exc, HTTPException):
                raise exc
            print_exception(exc)
            handler = _class_handler(app, scope, type(exc))
            value = handler and await app.invoke(handler, req, exc)
            if value is not None:
                return Response.convert(value)
        except HTTPException as exc:
            status = exc.status_code
            text = exc.reason
        except Disconnected:
            raise
        except Exception as exc:
            print_exception(exc)
    return await _response(app, scope, req, status, text)


async def after_error(app, scope, req, res):
    """Run the hooks for failed requests on a response."""
    if res is Response.already_handled:
        return res
    hooks = app.after_error_request_handlers
    if scope:
        hooks = scope.after_error_request_handlers + hooks
    try:
        return await app.run_hooks(hooks, req, res)
    except Exception as exc:
        print_exception(exc)
        return _default(500)


def _class_handler(app, scope, cls):
    for base in mro(cls):
        for owner in (scope, app):
            if owner and base in owner.error_handlers:
                return owner.error_handlers[base]


async def _response(app, scope, req, status, text=None):
    # An error handler may abort with another status, whose handler may too;
    # the third time is no accident.
    for _ in range(3):
        handler = scope and scope.error_handlers.get(status) or app.error_handlers.get(status)
        if not handler:
            break
        try:
            return Response.convert(await app.invoke(handler, req))
        except HTTPException as exc:
            status = exc.status_code
            text = exc.reason
        except Disconnected:
            raise
        except Exception as exc:
            print_exception(exc)
            return _default(500)
    return _default(status, text)


def _default(status, text=None):
    return Response(text or _TEXTS.get(status) or reason_phrase(status), status)
