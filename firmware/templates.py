"""Compile an app's uTemplate templates on the host, to the modules that `utemplate.compiled` looks for.

`templates/page.html` becomes the module `templates/page_html.py`. The compiler is utemplate's own, at the version that
the lock file names, so that a template means on the host what it means on the device.
"""

import builtins
import importlib.util
import io
import sys
import warnings

from firmware import libraries
from firmware.errors import UserError

FOLDER = "templates"

_HINT = "close every {% and {{ on its own line and every block with its end"


def compile(folder, names, *, progress=None):
    """The modules of the templates `names`: {path relative to `folder`: Python source}.

    :param folder: the app's templates folder.
    :param names: paths of templates relative to it.
    :raises UserError: as `templates/page.html:line: what is wrong`.
    """
    if not names:
        return {}
    source = _compiler(progress)
    return {name.replace(".", "_") + ".py": _compile(source, folder, name) for name in names}


def _compile(source, folder, name):
    trail = _Trail(folder)
    with trail.input_open(name) as lines:
        compiler = source.Compiler(lines, trail.out, loader=trail)
        try:
            compiler.compile()
        except (AssertionError, IndexError, ValueError) as error:
            raise UserError(f"{trail.place()}: not a template statement, {_HINT}") from error
        except OSError as error:
            raise UserError(f"{trail.place()}: there is no such template to include") from error
    if len(compiler.stack) > 1:
        raise UserError(f"{trail.place()}: {compiler.stack[-1]!r} is never closed, {_HINT}")
    _check(trail)
    return trail.out.getvalue()


def _check(trail):
    """Find an expression that is no Python while it is still known which line of the template it stands in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # utemplate passes backslashes in the text through as they are
        try:
            builtins.compile(trail.out.getvalue(), "template", "exec")
        except SyntaxError as error:
            text = (error.text or "").strip()
            raise UserError(f"{trail.place(error.lineno)}: {error.msg} in {text!r}, correct the template") from error


class _Trail:
    """Opens templates for utemplate's compiler and remembers which line of which gave which line of output."""

    def __init__(self, folder):
        self.out = io.StringIO()
        self._folder = folder
        self._steps = []  # (lines of output before it, template, line)

    def input_open(self, name):
        return _Template(self._folder / name, lambda line: self._note(name, line))

    def place(self, out_line=sys.maxsize):
        """The template and line, as file:line, that line `out_line` of the output comes from; by default the last."""
        name, line = next(((name, line) for before, name, line in reversed(self._steps) if before < out_line), ("", 0))
        return f"{FOLDER}/{name}:{line}"

    def _note(self, name, line):
        self._steps.append((self.out.getvalue().count("\n"), name, line))


class _Template:
    """A template's lines, with a word to `note` before each; a context manager, as a file is."""

    def __init__(self, path, note):
        self._lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        self._note = note

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        """Nothing is left open."""

    def __iter__(self):
        for number, line in enumerate(self._lines, 1):
            self._note(number)
            yield line


def _compiler(progress):
    """The module utemplate.source, loaded from the cache under a name of its own."""
    folder = libraries.unpacked("utemplate", progress=progress) / "utemplate"
    spec = importlib.util.spec_from_loader("_microdot_utemplate", loader=None, is_package=True)
    spec.submodule_search_locations.append(str(folder))
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{spec.name}.source")
