#!/usr/bin/env python3
"""Write the tables of docs/ that follow from the code: which files of the framework each extension needs.

scripts/docs_tables.py            write them
scripts/docs_tables.py --check    only say which are out of date, with status 1
"""

import ast
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORK = ROOT / "microdot"
DOCS = ROOT / "docs"

SYNC, ASYNC = "microdot.py", "asyncio/microdot_asyncio.py"
BOTH, CPYTHON, MICROPYTHON = "CPython & MicroPython", "CPython only", "MicroPython only"
NO_DEPENDENCIES = ("None",)

_BEGIN = ".. written by scripts/docs_tables.py: {}\n\n"
_END = ".. end of what scripts/docs_tables.py writes\n"


class Extension(NamedTuple):
    """What an extension's page says of it.

    :param roots: the modules that an application imports.
    :param compatibility: where it runs.
    :param dependencies: lines of reStructuredText.
    :param examples: paths below examples/.
    """

    roots: tuple
    compatibility: str = BOTH
    dependencies: tuple = NO_DEPENDENCIES
    examples: tuple = ()


#: page below docs/extensions/ -> what is told of the extension
EXTENSIONS = {
    "asyncio": Extension((ASYNC,), examples=("hello/hello_async.py", "gpio/main.py", "streaming/main.py")),
    "utemplate": Extension(
        ("utemplate.py",),
        dependencies=("`utemplate <https://github.com/pfalcon/utemplate>`_",),
        examples=("templates/utemplate/hello.py", "hello/hello_utemplate_async.py"),
    ),
    "jinja": Extension(
        ("jinja.py",),
        CPYTHON,
        dependencies=("`Jinja2 <https://jinja.palletsprojects.com/>`_",),
        examples=("templates/jinja/hello.py",),
    ),
    "sessions": Extension(
        ("session.py",),
        dependencies=("CPython: `PyJWT <https://pyjwt.readthedocs.io/>`_", "MicroPython: None"),
        examples=("sessions/login.py",),
    ),
    "cors": Extension(("cors.py",), examples=("cors/cors.py",)),
    "websocket": Extension(("websocket.py", SYNC), examples=("websocket/echo.py", "websocket/echo_wsgi.py")),
    "asyncio_websocket": Extension(("asyncio/websocket.py",), examples=("websocket/echo_async.py",)),
    "asgi_websocket": Extension(
        ("asgi/websocket.py",),
        CPYTHON,
        dependencies=("An ASGI web server, such as `Uvicorn <https://uvicorn.dev/>`_",),
        examples=("websocket/echo_asgi.py",),
    ),
    "websocket_alt": Extension(("websocket_alt.py", SYNC), MICROPYTHON),
    "https": Extension(("ssl.py",), examples=("tls/hello_tls.py", "tls/hello_async_tls.py")),
    "test_client": Extension(("test_client.py", SYNC)),
    "asyncio_test_client": Extension(("asyncio/test_client.py",)),
    "wsgi": Extension(
        ("wsgi/__init__.py",),
        CPYTHON,
        dependencies=("A WSGI web server, such as `Gunicorn <https://gunicorn.org/>`_",),
        examples=("hello/hello_wsgi.py", "websocket/echo_wsgi.py"),
    ),
    "asgi": Extension(
        ("asgi/__init__.py",),
        CPYTHON,
        dependencies=("An ASGI web server, such as `Uvicorn <https://uvicorn.dev/>`_",),
        examples=("hello/hello_asgi.py", "websocket/echo_asgi.py"),
    ),
    "sse": Extension(("sse.py",), examples=("sse/sensor.py",)),
    "auth": Extension(("auth.py",), examples=("auth/basic_auth.py", "auth/token_auth.py")),
    "login": Extension(
        ("login.py",), dependencies=("those of :doc:`sessions <sessions>`",), examples=("login/login.py",)
    ),
    "csrf": Extension(("csrf.py",), examples=("csrf/csrf.py",)),
    "multipart": Extension(("multipart.py",), examples=("multipart/upload.py",)),
    "static": Extension(("static.py",), examples=("static/main.py",)),
}


def required(roots, micropython):
    """The files of the framework that an application with the modules `roots` needs, as paths below microdot/.

    :param micropython: on MicroPython; else on CPython.
    """
    found = set()
    todo = list(roots)
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += _imports(path, micropython)
    return found


def core(micropython):
    """The files that every application needs, be it synchronous or asynchronous."""
    return required([SYNC], micropython) & required([ASYNC], micropython)


@cache
def _imports(path, micropython):
    package = path.rpartition("/")[0].split("/") if "/" in path else []
    tree = ast.parse((FRAMEWORK / path).read_text())
    found = {"__init__.py"} | {"/".join(package) + "/__init__.py" for _ in package}
    for node in _reached(tree.body, micropython):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= _targets(package[: len(package) - node.level + 1], node)
    return tuple(found)


def _reached(nodes, micropython):
    """Every node that can run on a runtime: tests of MICROPYTHON are decided here."""
    for node in nodes:
        yield node
        decision = _decide(node.test, micropython) if isinstance(node, ast.If) else None
        if decision is None:
            yield from _reached(ast.iter_child_nodes(node), micropython)
            continue
        branch = node.body if decision else node.orelse
        yield from _reached(branch, micropython)
        if branch and isinstance(branch[-1], ast.Return):
            return


def _decide(test, micropython):
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        decision = _decide(test.operand, micropython)
        return None if decision is None else not decision
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return micropython if name == "MICROPYTHON" else None


def _targets(package, node):
    """The files that a relative import reads: the module itself, or modules that it names."""
    base = [*package, *(node.module.split(".") if node.module else [])]
    names = [[*base, alias.name] for alias in node.names]
    files = [file for parts in [base, *names] for file in ("/".join(parts) + ".py", "/".join([*parts, "__init__.py"]))]
    return {file for file in files if (FRAMEWORK / file).is_file()}


def table(extension):
    """The table at the top of an extension's page."""
    rows = [
        ("Compatibility", [extension.compatibility]),
        ("Required Microdot source files", [":ref:`the core <core-files>` and", *_tree(_own_files(extension))]),
        ("Required external dependencies", extension.dependencies),
        ("Examples", [f":source:`examples/{path}`" for path in extension.examples]),
    ]
    return _list_table([row for row in rows if row[1]])


def core_table():
    """The table of the core's files."""
    rows = [("Always", core), ("Synchronous", _flavour(SYNC)), ("Asynchronous", _flavour(ASYNC))]
    return _list_table([(name, list(_tree(_marked(files)))) for name, files in rows])


def _flavour(root):
    return lambda micropython: required([root], micropython) - core(micropython)


def _own_files(extension):
    return _marked(
        lambda micropython: required(extension.roots, micropython) - core(micropython), extension.compatibility
    )


def _marked(files, compatibility=BOTH):
    """{path: note}, where the note says which runtime alone needs the file."""
    on_device, on_host = (files(micropython) for micropython in (True, False))
    if compatibility != BOTH:
        return dict.fromkeys(on_host if compatibility == CPYTHON else on_device, "")
    notes = dict.fromkeys(on_device | on_host, "")
    notes.update(dict.fromkeys(on_host - on_device, " (CPython)"))
    notes.update(dict.fromkeys(on_device - on_host, " (MicroPython)"))
    return notes


def _tree(files):
    """Lines that show files by folder, those of microdot/ itself first."""
    yield "\U0001f4c2 microdot/"
    folder = ""
    for path in sorted(files, key=lambda path: (path.rpartition("/")[0], path)):
        if path.rpartition("/")[0] != folder:
            folder = path.rpartition("/")[0]
            yield f"  \U0001f4c2 {folder}/"
        indent = "     " if folder else "  "
        yield f"{indent}\U0001f4c3 :source:`microdot/{path}`{files[path]}"


def _list_table(rows):
    lines = [".. list-table::", "   :align: left", ""]
    for name, values in rows:
        lines += [f"   * - {name}", f"     - | {values[0]}", *(f"       | {value}" for value in values[1:]), ""]
    return "\n".join(lines) + "\n"


def pages():
    """Each page with a table of this script's: (path, mark, table)."""
    yield DOCS / "extensions" / "index.rst", "core", core_table()
    for name, extension in EXTENSIONS.items():
        yield DOCS / "extensions" / f"{name}.rst", name, table(extension)


def updated(text, mark, table):
    """`text` with the table between its marks; raises ValueError when they are not there."""
    begin = _BEGIN.format(mark)
    before, _, rest = text.partition(begin)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"no place for the table {mark!r}, mark it by {begin.strip()!r} and {_END.strip()!r}")
    return before + begin + table + _END + after


def main(check):
    stale = []
    for path, mark, content in pages():
        text = path.read_text()
        new = updated(text, mark, content)
        if new != text:
            stale.append(path.relative_to(ROOT))
            if not check:
                path.write_text(new)
    for path in stale:
        print(f"{path}: {'out of date, run scripts/docs_tables.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
