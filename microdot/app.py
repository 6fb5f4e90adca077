"""The application: its routes, hooks and error handlers, and how a request becomes a response."""
import sys
from time import time

from . import compat
from .response import Response, abort
from .routing import URLPattern, find_route
from .wire import ProtocolError, now


_HOOKS = ('before_request_handlers', 'after_request_handlers', 'after_error_request_handlers', 'teardown_request_handlers')


class Application:
    """What the synchronous and the asyncio ``Microdot`` have in common."""

    #: How long a client may take to send a request head, in milliseconds.
    head_timeout_ms = 5000
    #: How long a connection may stay idle between requests, in milliseconds.
    idle_timeout_ms = 5000 if compat.MICROPYTHON else 15000
    #: How long a client may take for each piece of a body, in milliseconds.
    body_timeout_ms = 10000
    #: How long a client may take to accept each piece of a response, in milliseconds.
    write_timeout_ms = 10000
    #: How many connections are served at once; more have to wait.
    max_connections = 6 if compat.MICROPYTHON else 1000
    #: Length of the listening socket's queue; a short one makes clients wait a second to try again.
    backlog = 16 if compat.MICROPYTHON and sys.platform != 'linux' else 128

    #: Where a line for each request goes: a ``logging.Logger``, or a function
    #: that is called with the line.
    logger = None
    #: Whether a line for each request is printed.
    debug = False
    #: What listens, while it does.
    server = None
    #: What HTTPS is served with, an ``SSLContext``.
    ssl = None
    # whether plain functions of the user's run in threads
    _threaded = False
    # the field lines that were read last, see parse_head()
    last_fields = None
    # when the Date field was made, in seconds, and that field
    _date = None, b''

    def __init__(self):
        self.url_map = []
        self.error_handlers = {}
        # hooks, in the order declared
        for name in _HOOKS:
            setattr(self, name, [])

    # ---- declaring

    def route(self, url_pattern, methods=None):
        """Decorate a function as the handler of a URL pattern.

        :param url_pattern: the pattern, see :class:`URLPattern`.
        :param methods: list of methods; GET alone if not given.
        :raises ValueError: when the pattern is malformed.
        """
        methods = [method.upper() for method in methods or ['GET']]

        def register(f):
            self.url_map.append((methods, URLPattern(url_pattern), f, '', None))
            return f
        return register

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
        def register(f):
            self.error_handlers[status_code_or_exception_class] = f
            return f
        return register

    def mount(self, subapp, url_prefix='', local=False):
        """Add the routes of another application below a prefix.

        :param subapp: the application; routes that it gets later are not seen.
        :param url_prefix: put before each of its patterns as it is.
        :param local: whether its hooks and error handlers stay with its own
                      routes. If not, this application takes them over: they act
                      on all routes.
        """
        for methods, pattern, handler, prefix, inner in subapp.url_map:
            scope = pattern.scope or (subapp if local else None)
            pattern = URLPattern(url_prefix + pattern.url_pattern)
            pattern.scope = scope
            self.url_map.append((methods, pattern, handler, url_prefix + prefix, inner or subapp))
        if local:
            return
        self.error_handlers.update(subapp.error_handlers)
        for name in _HOOKS:
            hooks = getattr(self, name)
            # each runs once, however often its application is mounted
            hooks.extend([f for f in getattr(subapp, name) if f not in hooks])

    abort = staticmethod(abort)

    def default_options_handler(self, req):
        """Return the headers of the automatic answer to OPTIONS."""
        from .errors import allowed_methods
        return {'Allow': allowed_methods(self, [route for route in self.url_map if route[1].match(req.path) is not None])}

    #: What answers OPTIONS where no route does, ``f(request)``; ``None`` for a 405.
    options_handler = default_options_handler

    # ---- dispatching

    async def invoke(self, f, *args, **kwargs):
        """Call a function of the user's, plain or coroutine, and return its result."""
        result = f(*args, **kwargs)
        return await compat.settle(result) if compat.needs_settling(result) else result

    async def dispatch(self, req, error=None):
        """Turn a request into a response; errors become responses too.

        :param req: the request, or ``None`` if it could not be parsed.
        :param error: why it could not, if anything was received.
        :raises Disconnected: when the client went away meanwhile.
        """
        method = None
        try:
            if req is None or req.content_length > req.max_content_length:
                from .errors import fail
                res = await fail(self, req, error or ProtocolError(413 if req else 400))
            else:
                method = req.method
                if not method.isupper():
                    method = method.upper()
                route, args = find_route(self.url_map, method, req.path)
                if route is None:
                    from .errors import unmatched
                    res = await unmatched(self, req, method, args)
                else:
                    res = await self._handle(req, route, args)
        finally:
            if self.teardown_request_handlers or req is not None and req.scope:
                await self._teardown(req)
        if res.is_head != (method == 'HEAD') and res is not Response.already_handled:
            res.is_head = not res.is_head  # an application may return one object again and again
        if res.file_size is not None and res.status_code == 200:
            from .files import apply_conditions
            apply_conditions(req, res)
        return res

    async def _handle(self, req, route, args):
        scope = after_error = None
        if route[4] is not None:
            req.url_prefix, req.subapp = route[3:]
            req.scope = scope = route[1].scope
        req.route = f = route[2]
        req.url_args = args
        try:
            if req.source:
                await req.load_body()
            value = None
            hooks = self.before_request_handlers
            if scope:
                hooks = hooks + scope.before_request_handlers
            for hook in hooks:
                value = await self.invoke(hook, req)
                if value is not None:
                    break
            if value is None:
                if self._threaded:
                    value = await self.invoke(f, req, **args)
                else:
                    # what invoke() does, without the cost of a coroutine
                    value = f(req, **args)
                    if compat.needs_settling(value):
                        value = await compat.settle(value)
            res = Response.convert(value)
            if res is Response.already_handled:
                return res
        except Exception as exc:
            from .errors import after_error, failure
            res = await failure(self, scope, req, exc)
        hooks = self.after_request_handlers
        if scope:
            hooks = scope.after_request_handlers + hooks
        if hooks or req.after_hooks:
            try:
                res = await self.run_hooks(hooks, req, res)
                # those before may have added some
                res = await self.run_hooks(req.after_hooks, req, res)
            except Exception as exc:
                from .errors import fail
                return await fail(self, req, exc)
        if after_error:
            return await after_error(self, scope, req, res)
        return res

    async def run_hooks(self, hooks, req, res):
        """Let each of some hooks look at a response or replace it."""
        for f in hooks:
            value = await self.invoke(f, req, res)
            if value is not None:
                res = Response.convert(value)
        return res

    async def _teardown(self, req):
        for app in (req and req.scope, self):
            for f in app.teardown_request_handlers if app else ():
                try:
                    await self.invoke(f, req)
                except Exception as exc:
                    compat.print_exception(exc)

    def date_line(self):
        """Return the Date field (RFC 9110, section 6.6.1), nothing while the clock is not set."""
        second = int(time())
        if second != self._date[0]:
            date = now()
            self._date = second, b'Date: %s\r\n' % date.encode() if date else b''
        return self._date[1]

    # ---- reporting

    def log_request(self, req, res):
        """Report a request that was answered, to the console in debug mode and to the logger."""
        if self.debug:
            print('%s %s %d' % (req.method, _line(req.path), res.status_code))
        if self.logger:
            log = getattr(self.logger, 'info', self.logger)
            # gateways name the protocol too
            log('%s "%s %s HTTP/%s" %d' % (req.client_addr[0] if req.client_addr else '-', req.method,
                                           _line(req.url), req.http_version.split('/')[-1], res.status_code))


def _line(text):
    # Clients could forge lines, or command a terminal.
    return repr(text)[1:-1]
