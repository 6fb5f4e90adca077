"""How Sphinx builds this site: `make docs`."""

import sys
from pathlib import Path

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from sphinx.util.nodes import make_refnode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from microdot import __version__  # noqa: E402

project = "Microdot Firmware"
copyright = "the Microdot Firmware authors"
release = version = __version__

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["build"]
autodoc_default_options = {
    "members": True,
    "inherited-members": "dict,object,OSError,Exception",
    "member-order": "bysource",
}
autodoc_class_signature = "separated"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # of dict and its like
add_module_names = False

html_theme = "furo"
html_title = project
html_static_path = []
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

# what the engine keeps to itself
nitpick_ignore_regex = [("py:.*", r".*\b(ProtocolError|Disconnected)")]

_SOURCES = ("microdot", "examples")


def source_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """`:source:` links to a file of this repository, as the site shows it."""
    if not (ROOT / text).is_file():
        message = inliner.reporter.error(f"there is no file {text!r} in this repository", line=lineno)
        return [inliner.problematic(rawtext, rawtext, message)], [message]
    depth = inliner.document.settings.env.docname.count("/")
    target = "../" * depth + f"source/{text}.html"
    return [nodes.reference(rawtext, Path(text).name, refuri=target, classes=["source"])], []


def find_by_last_name(app, env, node, contnode):
    """Docstrings name what is near them by its last name, and re-exports by where they are imported from."""
    if node["refdomain"] != "py":
        return None
    last = node["reftarget"].rpartition(".")[2]
    domain = env.domains.python_domain
    found = {entry for name, entry in domain.objects.items() if name.rpartition(".")[2] == last and not entry.aliased}
    if len(found) != 1:
        return None
    entry = found.pop()
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode)


def write_sources(app, error):
    """Put the files that `:source:` links to into the site."""
    if error or app.builder.format != "html":
        return
    for folder in _SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            _write_source(file, Path(app.outdir) / "source" / f"{file.relative_to(ROOT)}.html")


def _write_source(file, target):
    title = file.relative_to(ROOT).as_posix()
    page = HtmlFormatter(full=True, title=title, linenos="inline", lineanchors="line", anchorlinenos=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(highlight(file.read_text(), get_lexer_for_filename(file.name), page))


def setup(app):
    app.add_role("source", source_role)
    app.connect("missing-reference", find_by_last_name)
    app.connect("build-finished", write_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
