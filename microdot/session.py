"""User sessions in a signed cookie: a JSON Web Token (HS256) that the client keeps and cannot change."""
from .compat import MICROPYTHON, const
from .helpers import add_vary, wraps
from .jwt_hs256 import unix_time

_COOKIE = 'session'
_MAX_TOKEN = const(4096)  # RFC 6265 section 6.1: what browsers keep at least, and in fact at most

try:
    # micropython-lib's module of this name compares signatures in a time that depends on them, and expects `exp` in the
    # epoch of the port; its tokens are the same, though.
    if MICROPYTHON:
        raise ImportError
    import jwt
except ImportError:
    from .jwt_hs256 import decode as _decode, encode as _encode
else:
    # Names that JWT gives a meaning are a session's own business, but for the date of expiry.
    _OPTIONS = {'verify_' + name: False for name in ('aud', 'iat', 'iss', 'jti', 'nbf', 'sub')}

    def _encode(payload, key):
        return jwt.encode(payload, key, algorithm='HS256')

    def _decode(token, key):
        try:
            return jwt.decode(token, key, algorithms=['HS256'], options=_OPTIONS)
        except (jwt.PyJWTError, RecursionError) as exc:
            raise ValueError(str(exc))


class SessionDict(dict):
    """The session of one request: a dictionary of what JSON can express, with two methods more."""
    def __init__(self, request, session_dict):
        super().__init__(session_dict)
        self.request = request

    def save(self):
        """Send the session, as it is now, to the client with the response."""
        update_session(self.request, self)

    def delete(self):
        """Make the client forget the session when it gets the response."""
        delete_session(self.request)


class Session:
    """Keeps user sessions in a signed cookie.

    :param app: the application; :meth:`initialize` takes it where it does not exist yet.
    :param secret_key: the key that signs, ``str`` or ``bytes``, best 32 random bytes. In a list of keys the first signs
                       and all of them verify, so that keys can be changed without ending every session.
    :param cookie_options: arguments of :meth:`Response.set_cookie <microdot.Response.set_cookie>`. The cookie has
                           ``Path=/``, ``HttpOnly``, ``SameSite=Lax``, and ``Secure`` when the request came over https,
                           unless they say otherwise.
    :param lifetime: seconds until a saved session expires; ``None`` leaves that to the browser.
    """
    def __init__(self, app=None, secret_key=None, cookie_options=None, lifetime=None):
        self.secret_key = secret_key
        self.cookie_options = cookie_options or {}
        self.lifetime = lifetime
        if app is not None:
            self.initialize(app)

    def initialize(self, app, secret_key=None, cookie_options=None, lifetime=None):
        """Serve an application; parameters that are not ``None`` replace those of the constructor."""
        if secret_key is not None:
            self.secret_key = secret_key
        if cookie_options is not None:
            self.cookie_options = cookie_options
        if lifetime is not None:
            self.lifetime = lifetime
        app._session = self

    def get(self, request):
        """Return the :class:`SessionDict` of a request, empty when it came with no session that holds.

        Raises ``ValueError`` when there is no secret key.
        """
        session = getattr(request.g, '_session', None)
        if session is None:
            self._keys()
            session = self._remember(request, self.decode(request.cookies.get(_COOKIE, '')))
            if self.lifetime:
                session.pop('exp', None)
        return session

    def update(self, request, session):
        """Send ``session`` to the client with the response, as it is now, in place of the one it has.

        Raises ``ValueError`` when there is no secret key.
        """
        self._keys()
        self._remember(request, session)
        request.g._session_saved = dict(session.items())

    def delete(self, request):
        """Make the client forget the session when it gets the response."""
        self._remember(request, {})
        request.g._session_saved = None

    def encode(self, payload, secret_key=None):
        """Return the token for a payload, signed with the first key."""
        return _encode(payload, self._keys(secret_key)[0])

    def decode(self, token, secret_key=None):
        """Return the payload of a token, ``{}`` when it is malformed, forged, expired or too long."""
        if token and len(token) <= _MAX_TOKEN:
            for key in self._keys(secret_key):
                try:
                    return _decode(token, key)
                except ValueError:
                    pass
        return {}

    def _keys(self, secret_key=None):
        keys = secret_key or self.secret_key
        if not keys:
            raise ValueError('no secret key for sessions: call Session(app, secret_key=...)')
        return keys if isinstance(keys, (list, tuple)) else (keys,)

    def _remember(self, request, session):
        g = request.g
        if not hasattr(g, '_session'):
            request.after_request(self._set_cookie)
        if not isinstance(session, SessionDict):
            session = SessionDict(request, session)
        g._session = session
        return session

    def options(self, request):
        """Return the arguments of ``set_cookie()`` for the response to a request."""
        options = {'path': '/', 'http_only': True, 'same_site': 'Lax', 'secure': request.scheme == 'https'}
        options.update(self.cookie_options)
        return options

    # Runs when the response leaves, so that there is one cookie and one signature however often a session was saved.
    async def _set_cookie(self, request, response):
        add_vary(response, 'Cookie')
        if not hasattr(request.g, '_session_saved'):
            return
        options = self.options(request)
        session = request.g._session_saved
        if session is None:
            response.delete_cookie(_COOKIE, **options)
            return
        if self.lifetime:
            session['exp'] = unix_time() + self.lifetime
            options.setdefault('max_age', self.lifetime)
        token = self.encode(session)
        if len(token) > _MAX_TOKEN:
            raise ValueError('session of {} bytes: browsers keep 4096, store less in it'.format(len(token)))
        response.set_cookie(_COOKIE, token, **options)


# What the functions use where an application has no Session of its own, as all had in Microdot 1.
_default = Session()


def session_of(request):
    """Return the :class:`Session` that keeps a request's session."""
    return getattr(request.app, '_session', _default)


def set_session_secret_key(key):
    """Set the key that signs the sessions of applications without a :class:`Session`."""
    _default.secret_key = key


def get_session(request):
    """Return the session of a request, a :class:`SessionDict`."""
    return session_of(request).get(request)


def update_session(request, session):
    """Send a dictionary to the client with the response as its session."""
    session_of(request).update(request, session)


def delete_session(request):
    """Make the client forget its session when it gets the response."""
    session_of(request).delete(request)


def with_session(f):
    """Decorator that passes the session to a route function, after the request.

    Example::

        @app.route('/')
        @with_session
        def index(request, session):
            return 'Hello, ' + session.get('name', 'stranger')
    """
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        return await request.app.invoke(f, request, get_session(request), *args, **kwargs)
    return wrapper
