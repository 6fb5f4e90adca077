"""Templates of the uTemplate engine. It does not escape: use :func:`escape` on all text that is not HTML already."""
try:
    from utemplate.recompile import Loader
except ImportError:
    # Only templates that were compiled on the host can be used then.
    from utemplate.compiled import Loader

from .helpers import escape  # noqa: F401


class Template:
    """A template.

    :param template: name of the template, relative to the templates directory.

    :ivar name: its name.
    """
    _loader = None

    @classmethod
    def initialize(cls, template_dir='templates', loader_class=Loader):
        """Set where templates are; without this, they are in ``templates``.

        :param template_dir: the directory, relative to one that Python imports modules from.
        :param loader_class: the loader: ``utemplate.recompile.Loader`` compiles templates when they have changed, and
                             takes compiled ones where there is no source, ``utemplate.compiled.Loader`` does only that.
        """
        cls._loader = loader_class(None, template_dir)

    def __init__(self, template):
        if Template._loader is None:
            Template.initialize()
        self.name = template
        self._render = Template._loader.load(template)

    def generate(self, *args, **kwargs):
        """Return a generator that renders the template piece by piece, which needs the least memory."""
        return self._render(*args, **kwargs)

    def render(self, *args, **kwargs):
        """Return the rendered template."""
        return ''.join(self.generate(*args, **kwargs))

    def generate_async(self, *args, **kwargs):
        """Return an asynchronous iterator that renders the template piece by piece."""
        return _AsyncPieces(self.generate(*args, **kwargs))

    async def render_async(self, *args, **kwargs):
        """Return the rendered template."""
        return self.render(*args, **kwargs)


# MicroPython has no asynchronous generators.
class _AsyncPieces:
    def __init__(self, pieces):
        self._items = pieces

    def __aiter__(self):
        return self

    async def __anext__(self):
        for piece in self._items:
            return piece
        raise StopAsyncIteration


def init_templates(template_dir='templates', loader_class=Loader):
    """Set where templates are; see :meth:`Template.initialize`."""
    Template.initialize(template_dir, loader_class)


def render_template(template, *args, **kwargs):
    """Return a generator that renders a template, to be returned by a route.

    :param template: name of the template, relative to the templates directory.
    :param args: arguments of the template, as are ``kwargs``.
    """
    return Template(template).generate(*args, **kwargs)
