"""Cross-Origin Resource Sharing (Fetch standard): which pages of other origins may use the application."""
from .compat import const
from .helpers import add_vary, items

_ALLOW = const('Access-Control-Allow-')
_REQUEST = const('Access-Control-Request-')


class CORS:
    """Adds CORS headers to every response, errors included.

    The parameters are attributes too, which may be changed at any time.

    :param app: the application; :meth:`initialize` takes it where it does not exist yet.
    :param allowed_origins: list of the origins that are allowed, as in ``'https://example.com'``, or one of them, or
                            ``'*'`` for all.
    :param allow_credentials: whether cookies and other credentials may be sent and seen.
    :param allowed_methods: list of the methods that are allowed, ``None`` for all.
    :param expose_headers: list of the response headers that scripts may see beside the usual ones.
    :param allowed_headers: list of the request headers that are allowed, ``None`` for all.
    :param max_age: how long a browser may keep the answer to a preflight request, in seconds.
    :param handle_cors: whether to add the headers to all responses; if not, ask :meth:`get_cors_headers` for them.
    """
    def __init__(self, app=None, allowed_origins=None, allow_credentials=False, allowed_methods=None,
                 expose_headers=None, allowed_headers=None, max_age=None, handle_cors=True):
        self.allowed_origins = allowed_origins
        self.allow_credentials = allow_credentials
        self.allowed_methods = allowed_methods
        self.expose_headers = expose_headers
        self.allowed_headers = allowed_headers
        self.max_age = max_age
        if app is not None:
            self.initialize(app, handle_cors)

    def initialize(self, app, handle_cors=True):
        """Serve an application; see the constructor."""
        if handle_cors:
            app.after_request(self._add_headers)
            # Answers to OPTIONS pass here as well.
            app.after_error_request(self._add_headers)

    def get_cors_headers(self, request):
        """Return the CORS headers of the response to a request, a dictionary."""
        headers = {}
        asked = request.headers.get
        origin = asked('Origin')
        allowed = self.allowed_origins
        if not allowed:
            return headers
        if allowed == '*' and not origin:
            headers[_ALLOW + 'Origin'] = '*'
        elif allowed in ('*', origin) or not isinstance(allowed, str) and origin in allowed:
            headers[_ALLOW + 'Origin'] = origin
            headers['Vary'] = 'Origin'
        if self.allow_credentials and headers:
            headers[_ALLOW + 'Credentials'] = 'true'
        if self.expose_headers:
            headers['Access-Control-Expose-Headers'] = ', '.join(self.expose_headers)
        if request.method == 'OPTIONS':
            if self.max_age:
                headers['Access-Control-Max-Age'] = str(self.max_age)
            method = asked(_REQUEST + 'Method', '').upper()
            if method and (self.allowed_methods is None or method in self.allowed_methods):
                headers[_ALLOW + 'Methods'] = method
            names = asked(_REQUEST + 'Headers')
            if names:
                headers[_ALLOW + 'Headers'] = self._names(names)
        return headers

    def _names(self, names):
        if self.allowed_headers is None:
            return names
        allowed = items(','.join(self.allowed_headers).lower())
        return ', '.join([name for name in items(names) if name.lower() in allowed])

    async def _add_headers(self, request, response):
        if request is not None:  # it was not too malformed to tell its origin
            headers = self.get_cors_headers(request)
            if headers.pop('Vary', None):
                add_vary(response, 'Origin')
            response.headers.update(headers)
