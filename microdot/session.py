"""User sessions in a signed cookie: a JSON Web Token (HS256) that the client keeps and cannot change."""
from .compat import const
from .helpers import add_vary, wraps
from .jwt_hs256 import unix_time

try:
    from .pyjwt import decode, encode
except ImportError:
    from .jwt_hs256 import decode, encode

_COOKIE = const('session')
_MAX_TOKEN = const(4096)  # RFC 6265 section 6.1: what browsers keep at least, and in fact at most


class SessionDict(dict):
    """The session of one request: a dictionary of what JSON can express, with two methods more."""
    def __init__(self, request, session):
        super().__init__(session)
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
    secret_key = None
    lifetime = None

    def __init__(self, app=None, secret_key=None, cookie_options=None, lifetime=None):
        self.initialize(app, secret_key, cookie_options or {}, lifetime)

    def initialize(self, app, secret_key=None, cookie_options=None, lifetime=None):
        """Serve an application; parameters that are not ``None`` replace those of the constructor."""
        if secret_key is not None:
            self.secret_key = secret_key
        if cookie_options is not None:
            self.cookie_options = cookie_options
        if lifetime is not None:
            self.lifetime = lifetime
        if app is not None:
            app._session = self

    def get(self, request):
        """Return the :class:`SessionDict` of a request, empty when it came with no session that holds.

        Raises ``ValueError`` when there is no secret key.
        """
        if not hasattr(request.g, '_session'):
            self._keys()
            session = self._remember(request, self.decode(request.cookies.get(_COOKIE, '')))
            if self.lifetime:
                session.pop('exp', None)
        return request.g._session

    def update(self, request, session):
        """Send ``session`` to the client with the response, as it is now, in place of the one it has.

        Raises ``ValueError`` when there is no secret key.
        """
        self._keys()
        request.g._sent = dict(self._remember(request, session).items())

    def delete(self, request):
        """Make the client forget the session when it gets the response."""
        self._remember(request, {})
        request.g._sent = None

    def encode(self, payload, secret_key=None):
        """Return the token for a payload, signed with the first key."""
        return encode(payload, self._keys(secret_key)[0])

    def decode(self, token, secret_key=None):
        """Return the payload of a token, ``{}`` when it is malformed, forged, expired or too long."""
        if token and len(token) <= _MAX_TOKEN:
            for key in self._keys(secret_key):
                try:
                    return decode(token, key)
                except ValueError:
                    pass
        return {}

    def _keys(self, secret_key=None):
        keys = secret_key or self.secret_key
        if not isinstance(keys, (list, tuple)):
            keys = (keys,)
        if not keys or not all(keys):
            raise ValueError('no secret key: Session(app, secret_key=...)')
        return keys

    def _remember(self, request, session):
        g = request.g
        if not hasattr(g, '_session'):
            request.after_request(self._respond)
        if not isinstance(session, SessionDict):
            session = SessionDict(request, session)
        g._session = session
        return session

    # Runs when the response leaves, so that there is one cookie and one signature however often a session was saved.
    async def _respond(self, request, response):
        add_vary(response, 'Cookie')
        saved = getattr(request.g, '_sent', self)
        if saved is not self:
            self.send(request, response, _COOKIE, saved, self.lifetime, self.cookie_options.get('max_age'))

    def send(self, request, response, name, payload, lifetime, max_age=None):
        """Set a cookie to the token for a payload, or delete the cookie where the payload is ``None``.

        :param name: name of the cookie.
        :param lifetime: seconds until the token expires, ``None`` for never.
        :param max_age: seconds until the cookie expires, where they are not the same.
        """
        options = {'path': '/', 'http_only': True, 'same_site': 'Lax', 'secure': request.scheme == 'https'}
        options.update(self.cookie_options)
        if payload is None:
            response.delete_cookie(name, **options)
            return
        if lifetime:
            payload['exp'] = unix_time() + lifetime
            options['max_age'] = lifetime if max_age is None else max_age
        token = self.encode(payload)
        if len(token) > _MAX_TOKEN:
            raise ValueError('session of %d bytes, over 4096' % len(token))
        response.set_cookie(name, token, **options)


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
