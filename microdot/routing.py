"""URL patterns and the route table."""


def _int(text):
    # int() takes spaces, underscores, a plus sign and other digits too
    return None if text.strip('-0123456789') else int(text)


def _compile(pattern):
    import re
    try:
        # MicroPython has no fullmatch()
        return re.compile('(?:' + pattern + ')$')
    except Exception as exc:
        raise ValueError('bad regular expression "%s": %s' % (pattern, exc))


class URLPattern:
    """A URL pattern such as ``/users/<int:id>``.

    A segment ``<name>`` or ``<type:name>`` is dynamic; all other text is
    literal. Types are ``string`` (the default), ``int``, ``path`` (crosses
    slashes), ``re:regex`` and those registered with :meth:`register_type`.

    :param url_pattern: the pattern; its leading slash may be left out.
    :raises ValueError: when the pattern is malformed or a type is unknown.
    """

    #: Registered types: name -> (regular expression, parser). A type with a
    #: regular expression, if only an empty one for any text, crosses slashes.
    types = {'string': (None, str), 'int': (None, _int), 'path': ('', str)}
    _segments = ()

    # the sub-application whose own hooks and error handlers apply to the route, if any
    scope = None

    def __init__(self, url_pattern):
        self.url_pattern = url_pattern
        # each slash before a dynamic segment stays with the text before it
        parts = ('/' + url_pattern.lstrip('/')).replace('/<', '/\0').split('\0')
        prefix = parts.pop(0)
        #: what every matching path starts with; the whole path when nothing is dynamic
        self.prefix = url_pattern if prefix == url_pattern else prefix  # one text in memory for both
        if parts:
            self._segments = [self._segment(part) for part in parts]

    @classmethod
    def register_type(cls, name, pattern='[^/]+', parser=None):
        """Register a type of segment for all patterns.

        :param name: name of the type.
        :param pattern: regular expression that the segment matches whole.
        :param parser: function that turns the text into the value; when it
                       returns ``None``, the URL does not match.

        A type that is registered again changes in all patterns that have it.
        """
        cls.types[name] = (None if pattern == '[^/]+' else _compile(pattern)), parser or str

    def _segment(self, text):
        # A dynamic segment: its name, its type (a name, since a type can be registered again, or what that stands for),
        # and the literal text that follows it.
        spec, slash, tail = text.partition('/')
        kind, colon, name = spec[:-1].rpartition(':')
        if not colon:
            kind = 'string'
        if spec[-1:] == '>' and name:
            if kind[:3] == 're:':
                return name, (_compile(kind[3:]), str), slash + tail
            if kind in self.types:
                return name, kind, slash + tail
        raise ValueError('"<%s" of "%s" is not <name> or <type:name> of a known type' % (spec, self.url_pattern))

    def match(self, path):
        """Match a path; returns its arguments as a dictionary, or ``None``."""
        args = {}
        if path == self.prefix and not self._segments or \
                path.startswith(self.prefix) and self._match(path, len(self.prefix), 0, args):
            return args

    def _match(self, path, start, index, args):
        # Match the segments from "index" on against the path from "start" on, the longest text first.
        end = len(path)
        if index == len(self._segments):
            return start == end
        name, kind, tail = self._segments[index]
        regex, parser = self.types[kind] if isinstance(kind, str) else kind
        if regex is None and path.find('/', start) >= 0:
            end = path.find('/', start)
        while end > start:
            if path.startswith(tail, end) and self._match(path, end + len(tail), index + 1, args):
                value = _parse(path[start:end], regex, parser)
                if value is not None:
                    args[name] = value
                    return True
            end = -1 if regex is None else path.rfind('/', start, end)
        return False


def _parse(text, pattern, parser):
    try:
        if pattern and not pattern.match(text):
            return None
    except RuntimeError:  # MicroPython: the text is too long for its recursion
        return None
    try:
        return parser(text)
    except (ValueError, OverflowError):
        return None


def find_route(routes, method, path):
    """Find the first route for a method and a path.

    HEAD is looked up as GET.

    :param routes: ``(methods, pattern, handler, url_prefix, subapp)`` in the order declared.
    :param method: the method, in capitals.
    :return: ``(route, arguments)``; the route is ``None`` when there is
             none, and then the arguments are the list of routes that
             match the path with another method.
    """
    if method == 'HEAD':
        method = 'GET'
    others = []
    for route in routes:
        # The common misses are decided here: a call costs more on a small machine.
        if path.startswith(route[1].prefix):
            args = route[1].match(path)
            if args is not None:
                if method in route[0]:
                    return route, args
                others.append(route)
    return None, others
