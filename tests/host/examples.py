"""Start the examples of this repo, each in a copy of its folder, as their readers do."""

import shutil
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from servers import APPS, ROOT, free_port, interpreter, serving

from firmware import apps, bundle, libraries, mpy
from firmware.paths import DEVICE

EXAMPLES = ROOT / "examples"

#: the examples' modules, below examples/; templates that utemplate has compiled there are none
SOURCES = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*.py") if path.parent.name != "templates")

both = pytest.mark.parametrize("runtime", ["cpython", "micropython"])

_CACHES = shutil.ignore_patterns("__pycache__", "*_html.py")
_LAUNCH = "import launcher; launcher.main(folder={!r}, host='127.0.0.1', port={})"


@contextmanager
def example(path, runtime, unix_image, tmp_path, extra=None):
    """An example that serves for as long as the context lasts.

    :param path: of the example below examples/: a file is started by itself, a folder as an app, by the launcher; on
        MicroPython as it is deployed to a board, compiled.
    :param runtime: `cpython`, `micropython`, `gunicorn` or `uvicorn`.
    :param extra: a folder with more files for its folder.
    """
    folder = tmp_path / "example"
    source = EXAMPLES / path
    if runtime == "micropython" and source.is_dir():
        _deploy(source, folder)
    else:
        shutil.copytree(source if source.is_dir() else source.parent, folder, ignore=_CACHES)
        if runtime == "micropython" and (folder / "templates").is_dir():
            _write(folder / "lib", libraries.files("utemplate"))
    if extra:
        shutil.copytree(extra, folder, dirs_exist_ok=True)
    port = free_port()
    command = _command(source, folder, runtime, unix_image, port)
    path = [ROOT, DEVICE] if source.is_dir() else [ROOT]
    with serving(command, port, cwd=folder, env={"PYTHONPATH": ":".join(map(str, path))}) as server:
        yield server


@pytest.fixture
def start(unix_image, tmp_path):
    """Start an example on a runtime."""
    with ExitStack() as running:
        yield lambda path, runtime: running.enter_context(example(path, runtime, unix_image, tmp_path))


@pytest.fixture
def client(start):
    """Start an example and return a client for it."""
    with ExitStack() as stack:

        def connect(path, runtime, **options):
            server = start(path, runtime)
            return stack.enter_context(httpx.Client(verify=False, base_url=server.url(""), **options))

        yield connect


def _deploy(app, folder):
    """Lay an app out as `microdot deploy` does on a board without a ROMFS."""
    _write(folder, bundle.compiled(bundle.collect(apps.find(app)), mpy.Options(), in_place=False))


def _write(folder, files):
    for path, contents in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(contents)


def _command(source, folder, runtime, unix_image, port):
    if runtime == "gunicorn":
        options = [
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "8",
            "--graceful-timeout",
            "1",
            "--worker-tmp-dir",
            folder,
        ]
        return [*interpreter("cpython", None), "-m", "gunicorn", *options, f"{source.stem}:app"]
    if runtime == "uvicorn":
        return [*interpreter("cpython", None), "-m", "uvicorn", "--port", port, f"{source.stem}:app"]
    if source.is_dir():
        return [*interpreter(runtime, unix_image), "-c", _LAUNCH.format(str(folder), port)]
    return [*interpreter(runtime, unix_image), APPS / "run_example.py", folder / source.name, port]
