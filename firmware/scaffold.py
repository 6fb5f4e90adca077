"""Start apps and boards: a folder with just enough in it to run."""

import contextlib
import json
import re
import shutil
from pathlib import Path

from firmware import apps, boards
from firmware.errors import UserError

_APP = '''"""A web app; `microdot run {folder}` serves it here, `microdot build BOARD --app {folder}` freezes it into firmware."""

from microdot import Microdot

app = Microdot()


@app.get("/")
def index(request):
    return "Hello from {name}!"
'''


def app(path):
    """Make the folder `path` with a main.py that serves one page; return the folder.

    :raises UserError: when there is something of that name.
    """
    folder = Path(path)
    _require_new(folder)
    with _whole(folder):
        (folder / "main.py").write_text(_APP.format(folder=folder, name=folder.name))
    return folder


def board(name, like, folder):
    """Make a board `name` in `folder` as a copy of the board `like`; return its folder.

    :raises UserError: for a name that cannot be a board's, or that is taken, or when there is no board `like`.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(f"{name!r} is no name for a board, use lower-case letters, digits and _")
    own = [folder] if Path(folder).is_dir() else []
    model = boards.load(like, own)
    target = Path(folder) / name
    _require_new(target)
    if name in boards.all_names():
        raise UserError(f"there is a board {name!r} already, choose another name")
    files = (file for file in model.path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    with _whole(target):
        apps.mirror({file.relative_to(model.path): file for file in files}, target)
        _rename(target / "board.json", name)
        boards.read(target)
    return target


@contextlib.contextmanager
def _whole(folder):
    """Make `folder`, which vanishes when the block fails (on a full disk), so that its name is free for another try."""
    folder.mkdir(parents=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _require_new(folder):
    if folder.exists():
        raise UserError(f"{str(folder)!r} exists already, choose another name")


def _rename(file, name):
    """Say in board.json that the copy is another product; its keys and layout stay."""
    text = file.read_text()
    product = json.loads(text)["product"]
    file.write_text(
        text.replace(f'"product": {json.dumps(product)}', f'"product": {json.dumps(f"{name} ({product})")}')
    )
