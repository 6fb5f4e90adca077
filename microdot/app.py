"""The application: its routes, hooks and error handlers, and how a request becomes a response."""
import sys

from .compat import MICROPYTHON, needs_settling, print_exception, settle
from .httpdate import format_date, now
from .request import Request
from .response import HTTPException, Response, abort
from .routing import Routes, URLPattern, allowed_methods
from .wire import Disconnected, ProtocolError, TimedOut, reason_phrase


def mro(cls):
    """Return a class and its bases in the order in which error handlers are looked up."""
    if hasattr(cls, '__mro__'):
        return cls.__mro__
    order = []
    _walk_bases(cls, order)
    # of a base that comes twice, the last one counts
    return [c for i, c in enumerate(order) if c not in order[i + 1:]]


def _walk_bases(cls, order):
    order.append(cls)
    for base in cls.__bases__:
        _walk_bases(base, order)


class Application:
    """What the synchronous and the asyncio ``Microdot`` have in common."""

    request_class = Request

    #: How long a client may take to send a request head, in milliseconds.
    head_timeout_ms = 5000
    #: How long a connection may stay idle between requests, in milliseconds.
    idle_timeout_ms = 5000 if MICROPYTHON else 15000
    #: How long a client may take for each piece of a body, in milliseconds.
    body_timeout_ms = 10000
    #: How long a client may take to accept each piece of a response, in milliseconds.
    write_timeout_ms = 10000
    #: How many connections are served at once; more have to wait.
    max_connections = 6 if MICROPYTHON else 1000
    #: Length of the listening socket's queue; a short one makes clients wait a second to try again.
    backlog = 128 if sys.platform in ('linux', 'darwin', 'win32') else 16

    #: Where a line for each request goes: a ``logging.Logger``, or a function
    #: that is called with the line.
    logger = None

    def __init__(self):
        self.url_map = Routes()
        self.before_request_handlers = []
        self.after_request_handlers = []
        self.after_error_request_handlers = []
        self.teardown_request_handlers = []
        self.error_handlers = {}
        self.options_handler = self.default_options_handler
        self.debug = False
        self.server = None
        # the application that took this one's hooks over, see mount()
        self._merged_into = None
        self._date = b''
        self._date_second = 0

    # ---- declaring

    def route(self, url_pattern, methods=None):
        """Decorate a function as the handler of a URL pattern.

        :param url_pattern: the pattern, see :class:`URLPattern`.
        :param methods: list of methods; GET alone if not given.
        :raises ValueError: when the pattern is malformed.
        """
        methods = [method.upper() for method in methods or ['GET']]

        def decorated(f):
            self.url_map.append((methods, URLPattern(url_pattern), f, '', None))
            return f
        return decorated

    def get(self, url_pattern):
        """Decorate a function as the handler of GET requests; see :meth:`route`."""
        return self.route(url_pattern, ['GET'])

    def post(self, url_pattern):
        """Decorate a function as the handler of POST requests; see :meth:`route`."""
        return self.route(url_pattern, ['POST'])

    def put(self, url_pattern):
        """Decorate a function as the handler of PUT requests; see :meth:`route`."""
        return self.route(url_pattern, ['PUT'])

    def patch(self, url_pattern):
        """Decorate a function as the handler of PATCH requests; see :meth:`route`."""
        return self.route(url_pattern, ['PATCH'])

    def delete(self, url_pattern):
        """Decorate a function as the handler of DELETE requests; see :meth:`route`."""
        return self.route(url_pattern, ['DELETE'])

    def query(self, url_pattern):
        """Decorate a function as the handler of QUERY requests; see :meth:`route`."""
        return self.route(url_pattern, ['QUERY'])

    def before_request(self, f):
        """Register ``f(request)`` to run before each handler.

        What it returns, unless ``None``, is the response, and no handler runs.
        """
        self.before_request_handlers.append(f)
        return f

    def after_request(self, f):
        """Register ``f(request, response)`` to run after each request that matched a route.

        A response that it returns replaces the one given.
        """
        self.after_request_handlers.append(f)
        return f

    def after_error_request(self, f):
        """Register ``f(request, response)`` to run after each request that failed.

        The request is ``None`` when it could not be parsed. A response that the
        function returns replaces the one given.
        """
        self.after_error_request_handlers.append(f)
        return f

    def teardown_request(self, f):
        """Register ``f(request)`` to run at the end of each request, whatever happened.

        The response is made by then, but a streamed body is not sent yet. The
        request is ``None`` when it could not be parsed.
        """
        self.teardown_request_handlers.append(f)
        return f

    def errorhandler(self, status_code_or_exception_class):
        """Decorate a function as an error handler.

        :param status_code_or_exception_class: a status code, for ``f(request)``;
            or an exception class, for ``f(request, exception)``.
        """
        def decorated(f):
            self.error_handlers[status_code_or_exception_class] = f
            return f
        return decorated

    def mount(self, subapp, url_prefix='', local=False):
        """Add the routes of another application below a prefix.

        :param subapp: the application; routes that it gets later are not seen.
        :param url_prefix: put before each of its patterns as it is.
        :param local: whether its hooks and error handlers stay with its own
                      routes. If not, they move to this application and act on
                      all routes.
        """
        for methods, pattern, handler, prefix, inner in subapp.url_map:
            self.url_map.append((methods, URLPattern(url_prefix + pattern.url_pattern), handler,
                                 url_prefix + prefix, inner or subapp))
        if local:
            return
        for name in ('before_request_handlers', 'after_request_handlers',
                     'after_error_request_handlers', 'teardown_request_handlers'):
            getattr(self, name).extend(getattr(subapp, name))
            setattr(subapp, name, [])
        self.error_handlers.update(subapp.error_handlers)
        subapp.error_handlers = {}
        subapp._merged_into = self

    abort = staticmethod(abort)

    def default_options_handler(self, req):
        """Return the headers of the automatic answer to OPTIONS."""
        matching = [route for route in self.url_map if route[1].match(req.path) is not None]
        return {'Allow': ', '.join(allowed_methods(matching) + ['OPTIONS'])}

    # ---- dispatching

    async def invoke(self, f, *args, **kwargs):
        """Call a function of the user's, plain or coroutine, and return its result."""
        result = f(*args, **kwargs)
        return await settle(result) if needs_settling(result) else result

    async def dispatch(self, req, status=400):
        """Turn a request into a response; errors become responses too.

        :param req: the request, or ``None`` if it could not be parsed.
        :param status: the status code to answer in that case.
        :raises Disconnected: when the client went away meanwhile.
        """
        method = 'GET'
        if req is not None:
            method = req.method
            if not method.isupper():
                method = method.upper()
        try:
            res = await self._answer(req, method, status)
        finally:
            if self.teardown_request_handlers or req is not None and req.subapp:
                await self._teardown(req)
        if method == 'HEAD' and res is not Response.already_handled:
            res.is_head = True
        if res.file_size is not None and res.status_code == 200:
            from .conditional import apply_conditions
            apply_conditions(req, res)
        return res

    async def dispatch_failure(self, req, exc):
        """Make the response to an exception that was raised outside of :meth:`dispatch`."""
        scope = self._scope(req.subapp) if req else None
        return await self._after_error(scope, req, await self._failure(scope, req, exc))

    async def _answer(self, req, method, status):
        if req is None:
            return await self._fail_early(None, status)
        if req.content_length > req.max_content_length:
            return await self._fail_early(req, 413)
        route, args = self.url_map.find(method, req.path)
        if route is None:
            return await self._unmatched(req, method, args)
        scope = None
        if route[4] is not None:
            req.url_prefix, req.subapp = route[3:]
            scope = self._scope(req.subapp)
        req.route = route[2]
        req.url_args = args
        failed = False
        try:
            if req.source:
                await req.load_body()
            if scope or self.before_request_handlers:
                value = await self._before(scope, req)
            else:
                value = await self.invoke(req.route, req, **args)
            res = Response.convert(value)
        except Exception as exc:
            failed = True
            res = await self._failure(scope, req, exc)
        if res is Response.already_handled:
            return res
        if scope or self.after_request_handlers or req.after_hooks:
            try:
                res = await self._after(scope, req, res)
            except Exception as exc:
                failed = True
                res = await self._failure(scope, req, exc)
        return await self._after_error(scope, req, res) if failed else res

    def _scope(self, subapp):
        # the sub-application whose own hooks apply, if any
        while subapp is not None and subapp._merged_into is not None:
            subapp = subapp._merged_into
        return None if subapp is self else subapp

    async def _before(self, scope, req):
        # the result of the first hook that has one, or of the handler
        for app in (self, scope):
            for f in app.before_request_handlers if app else ():
                value = await self.invoke(f, req)
                if value is not None:
                    return value
        return await self.invoke(req.route, req, **req.url_args)

    async def _after(self, scope, req, res):
        if scope:
            res = await self._run_hooks(scope.after_request_handlers, req, res)
        res = await self._run_hooks(self.after_request_handlers, req, res)
        return await self._run_hooks(req.after_hooks, req, res)

    async def _run_hooks(self, hooks, req, res):
        for f in hooks:
            value = await self.invoke(f, req, res)
            if value is not None:
                res = Response.convert(value)
        return res

    async def _after_error(self, scope, req, res):
        try:
            if scope:
                res = await self._run_hooks(scope.after_error_request_handlers, req, res)
            return await self._run_hooks(self.after_error_request_handlers, req, res)
        except Exception as exc:
            print_exception(exc)
            return _default_response(500)

    async def _teardown(self, req):
        scope = self._scope(req.subapp) if req else None
        for app in (scope, self):
            for f in app.teardown_request_handlers if app else ():
                try:
                    await self.invoke(f, req)
                except Exception as exc:
                    print_exception(exc)

    async def _unmatched(self, req, method, others):
        if method == 'OPTIONS' and self.options_handler:
            try:
                res = Response('', 200, await self.invoke(self.options_handler, req))
            except Exception as exc:
                res = await self._failure(None, req, exc)
            return await self._after_error(None, req, res)
        if not others:
            return await self._fail_early(req, 404)
        req.subapp = others[0][4]
        scope = self._scope(req.subapp)
        res = await self._status_response(scope, req, 405)
        methods = allowed_methods(others)
        if self.options_handler:
            methods.append('OPTIONS')
        res.headers.setdefault('Allow', ', '.join(methods))
        return await self._after_error(scope, req, res)

    async def _fail_early(self, req, status):
        return await self._after_error(None, req, await self._status_response(None, req, status))

    async def _failure(self, scope, req, exc):
        """Return the response to an exception."""
        if isinstance(exc, HTTPException):
            return await self._status_response(scope, req, exc.status_code, exc.reason)
        if isinstance(exc, ProtocolError):
            return await self._status_response(scope, req, exc.status)
        if isinstance(exc, TimedOut):
            return await self._status_response(scope, req, 408)
        if isinstance(exc, Disconnected):
            raise exc
        print_exception(exc)
        handler = self._class_handler(scope, type(exc))
        if handler:
            try:
                value = await self.invoke(handler, req, exc)
                if value is not None:
                    return Response.convert(value)
            except HTTPException as exc:
                return await self._status_response(scope, req, exc.status_code, exc.reason)
            except Exception as exc:
                print_exception(exc)
        return await self._status_response(scope, req, 500)

    def _class_handler(self, scope, cls):
        for base in mro(cls):
            for app in (scope, self):
                if app and base in app.error_handlers:
                    return app.error_handlers[base]

    async def _status_response(self, scope, req, status, text=None):
        # An error handler may abort with another status, whose handler may too;
        # the third time is no accident.
        for _ in range(3):
            handler = scope and scope.error_handlers.get(status) or self.error_handlers.get(status)
            if not handler:
                break
            try:
                return Response.convert(await self.invoke(handler, req))
            except HTTPException as exc:
                status = exc.status_code
                text = exc.reason
            except Exception as exc:
                print_exception(exc)
                return _default_response(500)
        return _default_response(status, text)

    def date_line(self):
        """Return the Date field (RFC 9110, section 6.6.1), nothing while the clock is not set."""
        second = now()
        if second != self._date_second:
            self._date_second = second
            self._date = b'Date: %s\r\n' % format_date(second).encode() if second else b''
        return self._date

    # ---- reporting

    def log_request(self, req, res):
        """Report a request that was answered, to the console in debug mode and to the logger."""
        if self.debug:
            print('%s %s %d' % (req.method, req.path, res.status_code))
        if self.logger:
            log = getattr(self.logger, 'info', self.logger)
            # gateways name the protocol too
            log('%s "%s %s HTTP/%s" %d' % (req.client_addr[0] if req.client_addr else '-', req.method,
                                           req.url, req.http_version.split('/')[-1], res.status_code))


_TEXTS = {400: 'Bad request', 404: 'Not found', 405: 'Not found',
          413: 'Payload too large', 500: 'Internal server error'}


def _default_response(status, text=None):
    return Response(text or _TEXTS.get(status) or reason_phrase(status), status)
