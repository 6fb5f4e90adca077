"""Libraries for the device: those in the lock file, from the package index, and micropython-lib where the tree has it.

An app names what it needs in `requirements.txt`, one name a line; the versions and hashes are the lock's.
"""

import hashlib
import json
import re
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

from firmware import shell, sources
from firmware.errors import UserError
from firmware.paths import cache_dir

LOCK = Path(__file__).parent / "locks" / "device.json"
REQUIREMENTS = "requirements.txt"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def required(app):
    """The names in the app's requirements.txt, in its order.

    :raises UserError: for a line that is more than a name, as versions are the lock's business.
    """
    file = app.folder / REQUIREMENTS
    if not app.path.is_dir() or not file.is_file():
        return []
    names = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        name = line.partition("#")[0].strip()
        if name and not _NAME.fullmatch(name):
            raise UserError(f"{REQUIREMENTS}:{number}: {name!r} should be a library's bare name, versions are locked")
        if name:
            names.append(name)
    return names


def files(name, *, version=None, progress=None):
    """The files of the library `name`: {path on the device below lib/: contents}.

    :param version: MicroPython's, for the libraries that come with its tree.
    :raises UserError: when there is no such library or it cannot be had.
    """
    lock = json.loads(LOCK.read_text())
    if name in lock:
        folder = unpacked(name, progress=progress)
        return {path: (folder / path).read_bytes() for path in lock[name]["files"]}
    return _from_micropython_lib(name, version)


def install(name):
    """Put the locked library `name` among the packages of this Python, for apps that run on it."""
    for path, contents in files(name).items():
        target = Path(sysconfig.get_path("purelib"), path)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(contents)


def unpacked(name, *, progress=None):
    """The folder in the cache that holds the locked library `name`, fetched when it is not there yet."""
    entry = json.loads(LOCK.read_text())[name]
    place = cache_dir() / "libraries" / f"{name}-{entry['version']}-{entry['sha256'][:12]}"
    if not place.is_dir():
        with sources.locked(place):
            if not place.is_dir():
                with sources.assembled(place) as work:
                    _fetch(name, entry, work, progress)
    return place


def _fetch(name, entry, work, progress):
    """Put the files that the lock names into `work`, out of the sdist whose hash the lock knows.

    Such sdists may lack what pip needs to build them, and nothing is to be built: unearth only fetches.
    """
    with tempfile.TemporaryDirectory(prefix="library-") as scratch:
        command = [sys.executable, "-m", "unearth", f"{name}=={entry['version']}", "--no-binary", "--download", scratch]
        shell.run(command, step=f"fetch {name} {entry['version']}", progress=progress)
        for archive in Path(scratch).iterdir():
            _check(archive, name, entry)
            _unpack(archive, entry["files"], work)


def _check(archive, name, entry):
    with open(archive, "rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != entry["sha256"]:
        raise UserError(
            f"{name} {entry['version']} as fetched is not what {LOCK.name} locks, nothing of it was used",
            detail=f"expected sha256 {entry['sha256']}\ngot      sha256 {found}",
        )


def _unpack(archive, wanted, work):
    with tarfile.open(archive) as sdist:
        for member in sdist:
            path = member.name.partition("/")[2]
            if member.isfile() and path in wanted:
                target = work / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(sdist.extractfile(member).read())


def _from_micropython_lib(name, version):
    from firmware import versions

    lib = sources.tree_path(versions.resolve(version)) / "lib" / "micropython-lib"
    manifests = sorted(lib.glob(f"*/**/{name}/manifest.py"))
    if not manifests:
        known = ", ".join(json.loads(LOCK.read_text()))
        raise UserError(
            f"no library {name!r} in the lock file ({known}) nor in the micropython-lib of the source tree, "
            f"put it into the app's lib/ folder instead"
        )
    folder = manifests[0].parent
    found = (path for path in sorted(folder.rglob("*.py")) if path.name not in ("manifest.py", "setup.py"))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in found if not path.name.startswith("test_")
    }
