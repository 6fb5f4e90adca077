"""Templates of the Jinja engine. They escape what they are given, in ``.html``, ``.htm`` and ``.xml`` files."""
from jinja2 import Environment, FileSystemLoader, select_autoescape


class Template:
    """A template.

    :param template: name of the template, relative to the templates directory.
    :param kwargs: more arguments of ``jinja2.Environment.get_template()``.

    :ivar name: its name.
    """
    #: The ``jinja2.Environment`` that templates are loaded from.
    jinja_env = None

    @classmethod
    def initialize(cls, template_dir='templates', enable_async=False, **kwargs):
        """Set where templates are; without this, they are in ``templates``.

        :param template_dir: the directory.
        :param enable_async: whether templates can be rendered by coroutines.
        :param kwargs: more arguments of ``jinja2.Environment()``.
        """
        kwargs.setdefault('autoescape', select_autoescape())
        cls.jinja_env = Environment(loader=FileSystemLoader(template_dir), enable_async=enable_async, **kwargs)

    def __init__(self, template, **kwargs):
        if Template.jinja_env is None:
            Template.initialize()
        self.name = template
        self._template = Template.jinja_env.get_template(template, **kwargs)

    def generate(self, *args, **kwargs):
        """Return a generator that renders the template piece by piece."""
        return self._template.generate(*args, **kwargs)

    def render(self, *args, **kwargs):
        """Return the rendered template."""
        return self._template.render(*args, **kwargs)

    def generate_async(self, *args, **kwargs):
        """Return an asynchronous iterator that renders the template piece by piece."""
        return self._template.generate_async(*args, **kwargs)

    async def render_async(self, *args, **kwargs):
        """Return the rendered template."""
        return await self._template.render_async(*args, **kwargs)


def init_templates(template_dir='templates'):
    """Set where templates are; see :meth:`Template.initialize`."""
    Template.initialize(template_dir)


def render_template(template, *args, **kwargs):
    """Return a rendered template, to be returned by a route.

    :param template: name of the template, relative to the templates directory.
    :param args: arguments of the template, as are ``kwargs``.
    """
    return Template(template).render(*args, **kwargs)
