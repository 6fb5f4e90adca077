"""URL patterns and the route table."""

_DIGITS = '0123456789'


def _string(text):
    return text


def _int(text):
    digits = text[1:] if text[:1] == '-' else text
    # str.isdigit() takes more than the ten digits, int() spaces and signs too
    if not digits or digits.strip(_DIGITS):
        return None
    return int(text)


class _Segment:
    # A dynamic segment. "crosses" tells that it may match more than one
    # segment of the path; then the longest match is tried first.
    def __init__(self, name, parser, regex=None, crosses=False):
        self.name = name
        self._parser = parser
        self._regex = regex
        self._compiled = None
        self.crosses = crosses

    def parse(self, text):
        """Return the value of *text*, or ``None`` if it does not match."""
        if not text or (self._regex is not None and not self._matches(text)):
            return None
        try:
            return self._parser(text)
        except (ValueError, OverflowError):
            return None

    def _matches(self, text):
        if self._compiled is None:
            self._compiled = _compile(self._regex)
        try:
            return self._compiled.match(text)
        except RuntimeError:  # MicroPython: the text is too long for its recursion
            return None


def _compile(regex):
    import re
    try:
        # MicroPython has no fullmatch()
        return re.compile('(?:' + regex + ')$')
    except Exception as exc:
        raise ValueError('bad regular expression "%s": %s' % (regex, exc))


class URLPattern:
    """A URL pattern such as ``/users/<int:id>``.

    A segment ``<name>`` or ``<type:name>`` is dynamic; all other text is
    literal. Types are ``string`` (the default), ``int``, ``path`` (crosses
    slashes), ``re:regex`` and those registered with :meth:`register_type`.

    :param url_pattern: the pattern; its leading slash may be left out.
    :raises ValueError: when the pattern is malformed or a type is unknown.
    """

    #: Registered types: name -> (regular expression or ``None``, parser).
    types = {}

    def __init__(self, url_pattern):
        self.url_pattern = url_pattern
        #: the whole path when nothing is dynamic, else ``None``
        self.static = None
        #: what every matching path starts with
        self.prefix = ''
        self._segments = None
        self._parse('/' + url_pattern.lstrip('/'))

    @classmethod
    def register_type(cls, name, pattern='[^/]+', parser=None):
        """Register a type of segment for all patterns.

        :param name: name of the type.
        :param pattern: regular expression that the segment matches whole.
        :param parser: function that turns the text into the value; when it
                       returns ``None``, the URL does not match.
        """
        if pattern == '[^/]+':
            pattern = None
        else:
            _compile(pattern)
        cls.types[name] = (pattern, parser or _string)

    def _parse(self, pattern):
        parts = pattern.split('/')[1:]
        segments = []
        for part in parts:
            if part[:1] == '<':
                if part[-1:] != '>':
                    raise ValueError('invalid URL pattern "%s": "%s" has no ">"' % (pattern, part))
                segments.append(self._segment(part[1:-1]))
            else:
                segments.append(part)
                if not self._segments and all(isinstance(s, str) for s in segments):
                    self.prefix += '/' + part
        if len(self.prefix) == len(pattern):
            self.static = pattern
        else:
            self.prefix += '/'
            self._segments = segments

    def _segment(self, spec):
        colon = spec.rfind(':')
        kind, name = spec[:colon] if colon >= 0 else 'string', spec[colon + 1:]
        if not name:
            raise ValueError('invalid URL pattern "%s": "<%s>" has no name' % (self.url_pattern, spec))
        if kind == 'string':
            return _Segment(name, _string)
        if kind == 'int':
            return _Segment(name, _int)
        if kind == 'path':
            return _Segment(name, _string, crosses=True)
        if kind.startswith('re:'):
            _compile(kind[3:])
            return _Segment(name, _string, kind[3:], True)
        if kind in self.types:
            regex, parser = self.types[kind]
            return _Segment(name, parser, regex, regex is not None)
        raise ValueError('invalid URL pattern "%s": unknown type "%s"' % (self.url_pattern, kind))

    def match(self, path):
        """Match a path; returns its arguments as a dictionary, or ``None``."""
        if self.static is not None:
            return {} if path == self.static else None
        if not path.startswith(self.prefix):
            return None
        args = {}
        return args if self._match(path, 1, 0, args) else None

    def _match(self, path, pos, index, args):
        # Match the segments from "index" on against the path from "pos" on.
        # "pos" is beyond the end by two once the last segment is behind.
        segments = self._segments
        size = len(path)
        while index < len(segments):
            if pos > size:
                return False
            segment = segments[index]
            if not isinstance(segment, str) and segment.crosses:
                return self._match_longest(path, pos, index, args)
            end = path.find('/', pos)
            if end < 0:
                end = size
            text = path[pos:end]
            if isinstance(segment, str):
                if segment != text:
                    return False
            else:
                value = segment.parse(text)
                if value is None:
                    return False
                args[segment.name] = value
            pos = end + 1
            index += 1
        return pos > size

    def _match_longest(self, path, pos, index, args):
        segment = self._segments[index]
        end = len(path)
        if index + 1 < len(self._segments):
            end = path.rfind('/', pos, end)
        while end > pos:
            value = segment.parse(path[pos:end])
            if value is not None and self._match(path, end + 1, index + 1, args):
                args[segment.name] = value
                return True
            end = path.rfind('/', pos, end)
        return False


class Routes(list):
    """The route table: ``(methods, pattern, handler, url_prefix, subapp)`` in the order declared."""

    def find(self, method, path):
        """Find the first route for a method and a path.

        HEAD is looked up as GET.

        :param method: the method, in capitals.
        :return: ``(route, arguments)``; the route is ``None`` when there is
                 none, and then the arguments are the list of routes that
                 match the path with another method.
        """
        if method == 'HEAD':
            method = 'GET'
        others = None
        for route in self:
            pattern = route[1]
            # The common misses are decided here: a call costs more on a small machine.
            if pattern.static is not None:
                if pattern.static != path:
                    continue
                args = {}
            else:
                args = pattern.match(path)
                if args is None:
                    continue
            if method in route[0]:
                return route, args
            if others is None:
                others = []
            others.append(route)
        return None, others or ()
