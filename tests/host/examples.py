"""Start the examples of this repo, each in a copy of its folder, as their readers do."""

import shutil
from contextlib import contextmanager

from servers import APPS, ROOT, free_port, interpreter, serving

from firmware.paths import DEVICE

EXAMPLES = ROOT / "examples"

_LAUNCH = "import launcher; launcher.main(folder={!r}, host='127.0.0.1', port={})"


@contextmanager
def example(path, runtime, unix_image, tmp_path):
    """An example that serves for as long as the context lasts.

    :param path: of the example below examples/: a file is started by itself, a folder as an app, by the launcher.
    :param runtime: `cpython`, `micropython`, `gunicorn` or `uvicorn`.
    """
    folder = tmp_path / "example"
    source = EXAMPLES / path
    shutil.copytree(source if source.is_dir() else source.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    port = free_port()
    command = _command(source, folder, runtime, unix_image, port)
    path = [ROOT, DEVICE] if source.is_dir() else [ROOT]
    with serving(command, port, cwd=folder, env={"PYTHONPATH": ":".join(map(str, path))}) as server:
        yield server


def _command(source, folder, runtime, unix_image, port):
    if runtime == "gunicorn":
        options = ["--bind", f"127.0.0.1:{port}", "--threads", "8", "--worker-tmp-dir", folder]
        return [*interpreter("cpython", None), "-m", "gunicorn", *options, f"{source.stem}:app"]
    if runtime == "uvicorn":
        return [*interpreter("cpython", None), "-m", "uvicorn", "--port", port, f"{source.stem}:app"]
    if source.is_dir():
        return [*interpreter(runtime, unix_image), "-c", _LAUNCH.format(str(folder), port)]
    return [*interpreter(runtime, unix_image), APPS / "run_example.py", folder / source.name, port]
