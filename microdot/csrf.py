"""Protection against Cross-Site Request Forgery by what browsers tell of a request's origin, with no tokens."""
from .helpers import add_vary
from .response import abort


class CSRF:
    """Refuses requests that pages of other sites make a browser send, with status 403.

    Methods that must not change anything (GET, HEAD, OPTIONS) and clients that are no browsers pass.

    :param app: the application; :meth:`initialize` takes it where it does not exist yet.
    :param cors: a :class:`CORS <microdot.cors.CORS>` object, whose allowed origins pass.
    :param protect_all: whether all routes are protected, except those with :meth:`exempt`; if not, those with
                        :meth:`protect` are.
    :param allow_subdomains: whether pages of the same site on another (sub-)domain pass.
    """
    def __init__(self, app=None, cors=None, protect_all=True, allow_subdomains=False):
        self.cors = cors
        self.protect_all = protect_all
        self.allow_subdomains = allow_subdomains
        self._routes = {}  # whether it is protected, of each route that says so
        if app is not None:
            self.initialize(app)

    def initialize(self, app, cors=None):
        """Protect an application; see the constructor."""
        if cors is not None:
            self.cors = cors
        app.before_request(self._check)

    def exempt(self, f):
        """Decorator, directly under that of the route: do not protect this route."""
        self._routes[f] = False
        return f

    def protect(self, f):
        """Decorator, directly under that of the route: protect this route, where not all are."""
        self._routes[f] = True
        return f

    async def _check(self, request):
        if request.method.upper() not in ('GET', 'HEAD', 'OPTIONS') and \
                self._routes.get(request.route, self.protect_all):
            request.after_request(_add_headers)
            if not self._is_allowed(request.headers.get):
                abort(403, 'Forbidden')

    def _is_allowed(self, get):
        site = get('Sec-Fetch-Site')
        origin = get('Origin')
        if site in ('same-origin', 'none') or site == 'same-site' and self.allow_subdomains:
            return True
        if not origin:
            return site is None  # not a browser
        # Browsers leave Sec-Fetch-Site out where there is no TLS, as on most devices.
        if site is None and origin.partition('://')[2] == get('Host'):
            return True
        allowed = self.cors and self.cors.allowed_origins
        for base in (allowed,) if isinstance(allowed, str) else allowed or ():
            scheme, separator, host = base.partition('://')
            if origin == base or self.allow_subdomains and origin.endswith('.' + host) and \
                    origin.startswith(scheme + separator):
                return True
        return False


async def _add_headers(request, response):
    add_vary(response, 'Sec-Fetch-Site, Origin')
