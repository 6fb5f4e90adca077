"""User login in the session (see microdot.session), with a cookie that remembers the user."""
from .compat import const
from .helpers import wraps
from .response import redirect
from .session import get_session, session_of
from .urlcode import urlencode

_COOKIE = const('_remember')
_DAY_S = const(86400)


class Login:
    """Keeps track of the user that is logged in. The application needs a :class:`Session <microdot.session.Session>`.

    In an asyncio application the methods that take a request are coroutines, in a synchronous one they are not.

    :param login_url: where to send users that have to log in; it gets the URL to go back to as ``next`` in its query.

    Example::

        login = Login()

        @login.user_loader
        def get_user(user_id):
            return users.get(user_id)

        @app.route('/')
        @login
        def index(request):
            return 'Hello, ' + request.g.current_user.name
    """
    _load = None

    def __init__(self, login_url='/login'):
        self.login_url = login_url

    def user_loader(self, f):
        """Decorator for the function that returns the user of an id, or ``None`` when there is none."""
        self._load = f
        return f

    def login_user(self, request, user, remember=False, redirect_url='/'):
        """Log a user in, and return the response that sends them to where they wanted to go.

        :param user: the user, an object with an attribute ``id`` that JSON can express.
        :param remember: whether a cookie keeps them logged in when the session has ended: ``True`` for 30 days, or a
                         number of days.
        :param redirect_url: where to send them when they came to the login page by themselves.
        """
        _admit(request, user.id, True)
        request.g.current_user = user
        if remember:
            _remember(request, user.id, 30 if remember is True else int(remember))
        url = request.args.get('next', redirect_url)
        # Browsers take `//host` and `/\host` for another host, and ignore control characters.
        if url[:1] != '/' or url[1:2] in ('/', '\\') or min(url) <= ' ':
            url = redirect_url
        return request.app.face(_response(redirect(url)))

    def logout_user(self, request):
        """Log the user out."""
        session = get_session(request)
        session.pop('_user_id', None)
        session.pop('_fresh', None)
        session.save()
        request.g.current_user = None
        _remember(request, None, 0)
        return request.app.face(_response(None))

    def get_current_user(self, request):
        """Return the user that is logged in, or ``None``."""
        return request.app.face(self._current_user(request))

    def __call__(self, f):
        """Decorator: the route needs a user that is logged in, who is in ``request.g.current_user``."""
        return self._wrap(f, False)

    def fresh(self, f):
        """Decorator: the route needs a user that logged in during this session, not one that is remembered."""
        return self._wrap(f, True)

    def _wrap(self, f, fresh):
        @wraps(f)
        async def wrapper(request, *args, **kwargs):
            if not await self._current_user(request) or fresh and not get_session(request).get('_fresh'):
                return redirect(self.login_url + '?next=' + urlencode(request.url))
            return await request.app.invoke(f, request, *args, **kwargs)
        return wrapper

    async def _current_user(self, request):
        g = request.g
        if not hasattr(g, 'current_user'):
            user_id = get_session(request).get('_user_id')
            if user_id is None:
                user_id = _remembered(request)
            g.current_user = None
            if user_id is not None:
                g.current_user = await request.app.invoke(self._load, user_id)
        return g.current_user


async def _response(value):
    return value


def _admit(request, user_id, fresh):
    session = get_session(request)
    session['_user_id'] = user_id
    session['_fresh'] = fresh
    session.save()


def _remembered(request):
    """Return the user id of the cookie, after logging that user in and renewing the cookie; ``None`` without one."""
    token = session_of(request).decode(request.cookies.get(_COOKIE, ''))
    # Sessions are signed with the same key: none of them may pass for this token.
    if sorted(token) != ['days', 'exp', 'user_id']:
        return None
    _admit(request, token['user_id'], False)
    _remember(request, token['user_id'], token['days'])
    return token['user_id']


def _remember(request, user_id, days):
    async def set_cookie(request, response):
        token = {'user_id': user_id, 'days': days} if days else None
        session_of(request).send(request, response, _COOKIE, token, days * _DAY_S)
    request.after_request(set_cookie)
