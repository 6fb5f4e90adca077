"""HTTP authentication: user name and password (RFC 7617), or a token (RFC 6750)."""
import binascii

from .helpers import wraps
from .response import abort


class _Auth:
    _check = None

    def authenticate(self, f):
        """Decorator for the function that checks credentials, and returns the user or ``None``; see the class."""
        self._check = f
        return f

    def __call__(self, f):
        """Decorator: the route needs authentication. The user is in ``request.g.current_user``."""
        return self._wrap(f, True)

    def optional(self, f):
        """Decorator: the route can do without authentication; then ``request.g.current_user`` is ``None``."""
        return self._wrap(f, False)

    def _wrap(self, f, wanted):
        @wraps(f)
        async def wrapper(request, *args, **kwargs):
            user = None
            credentials = self._parse(request)
            if credentials:
                user = await request.app.invoke(self._check, request, *credentials) or None
            if wanted and user is None:
                return await self._respond(request)
            request.g.current_user = user
            return await request.app.invoke(f, request, *args, **kwargs)
        return wrapper


class BasicAuth(_Auth):
    """Authentication by user name and password.

    :param realm: what the browser's dialog says.
    :param charset: the encoding of names and passwords, which browsers are told.
    :param scheme: name of the scheme; another than ``'Basic'`` keeps browsers from asking.
    :param error_status: status code of the response to wrong credentials.

    Example::

        auth = BasicAuth()

        @auth.authenticate
        def check(request, username, password):
            if same_password(username, password):
                return username

        @app.route('/')
        @auth
        def index(request):
            return 'Hello, ' + request.g.current_user
    """
    def __init__(self, realm='Please login', charset='UTF-8', scheme='Basic', error_status=401):
        self.realm = realm
        self.charset = charset
        self.scheme = scheme
        self.error_status = error_status

    def _parse(self, request):
        encoded = _match(request.headers.get('Authorization', ''), self.scheme)
        try:
            username, colon, password = binascii.a2b_base64(encoded).decode().partition(':')
        except ValueError:
            return None
        return (username, password) if colon else None

    async def _respond(self, request):
        challenge = '{} realm="{}", charset="{}"'.format(self.scheme, self.realm, self.charset)
        return '', self.error_status, {'WWW-Authenticate': challenge}


class TokenAuth(_Auth):
    """Authentication by a token in a header.

    :param header: name of the header. Only in ``Authorization`` does the scheme come before the token.
    :param scheme: name of the scheme.
    :param error_status: status code of the response to a wrong token.

    The function given to :meth:`authenticate` gets ``(request, token)``.
    """
    _handle = None

    def __init__(self, header='Authorization', scheme='Bearer', error_status=401):
        self.header = header
        self.scheme = scheme
        self.error_status = error_status

    def errorhandler(self, f):
        """Decorator for a function ``f(request)`` that makes the response to a wrong token."""
        self._handle = f
        return f

    def _parse(self, request):
        value = request.headers.get(self.header, '')
        token = _match(value, self.scheme) if self.header.lower() == 'authorization' else value
        return (token,) if token else None

    async def _respond(self, request):
        if self._handle:
            return await request.app.invoke(self._handle, request)
        if self.header.lower() == 'authorization' and self.error_status == 401:
            request.after_request(self._add_headers)
        abort(self.error_status)

    async def _add_headers(self, request, response):
        # RFC 9110 section 11.6.1: a 401 names the scheme to use.
        response.headers.setdefault('WWW-Authenticate', self.scheme)


def _match(value, scheme):
    # RFC 9110 section 11.1: schemes have no case.
    name, _, credentials = value.strip().partition(' ')
    return credentials.strip() if name.lower() == scheme.lower() else ''
