"""Apps: a folder with main.py (an `app` object or a `main()`), or a single .py file."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import UserError

_IGNORED = {"__pycache__", "boards", "build", "node_modules"}


@dataclass(frozen=True)
class App:
    """An app on the host: its folder (or file) and what is in it."""

    name: str
    path: Path

    @property
    def folder(self):
        """The folder that the app's files are relative to."""
        return self.path if self.path.is_dir() else self.path.parent

    def files(self):
        """Every file of the app, relative to its folder, sorted; hidden ones, caches and editors' backups left out."""
        if self.path.is_file():
            return [Path(self.path.name)]
        found = (file.relative_to(self.path) for file in self.path.rglob("*") if file.is_file())
        return sorted(file for file in found if not any(_ignored(part) for part in file.parts))

    @property
    def main(self):
        """The main module, relative to the folder."""
        return Path("main.py" if self.path.is_dir() else self.path.name)


def find(path):
    """The app at `path`.

    :raises UserError: when there is nothing, or it is no app.
    """
    path = Path(path).expanduser()
    if path.is_dir() and (path / "main.py").is_file() or path.is_file() and path.suffix == ".py":
        path = path.resolve()
        return App(path.stem, path)
    if not path.exists():
        raise UserError(f"no app {str(path)!r}, name a folder with main.py or a .py file")
    raise UserError(f"{str(path)!r} is no app, it needs a main.py (`microdot new app NAME` starts one)")


def mirror(files, folder):
    """Make `folder` hold exactly `files` ({relative path: source}); what has not changed keeps its date."""
    for name, source in files.items():
        target = folder / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder) not in files]:
        stale.unlink()


def _ignored(part):
    return part.startswith(".") or part.endswith("~") or part in _IGNORED
