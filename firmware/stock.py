"""The official MicroPython image of a board, for those who cannot build: fetched once, checked, kept in the cache."""

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path

from firmware import sources, versions
from firmware.errors import UserError
from firmware.paths import cache_dir

URL = "https://micropython.org/resources/firmware/"
LOCK = Path(__file__).parent / "locks" / "stock.json"

_RECORD = "sha256"  # the file beside an image with the hash that it had when it was fetched
_ANSWER_S = 15


def image(board, version=None, *, sha256="", progress=None):
    """The official image for `board` and MicroPython `version`, as a file in the cache.

    Its SHA-256 must be `sha256`, else the one in the lock file, or where that has none the one that it had when it was
    first fetched, which `note` tells the user about.

    :raises UserError: when there is none for the board, it cannot be fetched, or it is not what it should be.
    """
    name = file_name(board, versions.resolve(version))
    place = cache_dir() / "stock" / name
    known = sha256 or _locked(name)
    with sources.locked(place):
        if not (place / name).is_file():
            with sources.assembled(place) as work:
                _fetch(name, work, progress)
                if known:
                    check(work / name, known, f"it was fetched from {URL}, nothing of it was kept")
    check(place / name, known or (place / _RECORD).read_text(), f"delete the folder {str(place)!r} and run this again")
    return place / name


def file_name(board, version):
    """What the official image is called.

    :raises UserError: when MicroPython publishes none for the board.
    """
    suffix = {"esptool": "bin", "uf2": "uf2"}.get(board.flash.get("method"))
    if not suffix or not board.upstream:
        raise UserError(
            f"there is no official MicroPython image for board {board.name!r}, leave --stock out to build one"
        )
    return f"{board.upstream}-{versions.KNOWN[version]['released']}-v{version}.{suffix}"


def check(path, sha256, advice):
    """See that the file `path` has the hash `sha256`.

    :param advice: what the user does when it has another.
    :raises UserError: with both hashes below the line.
    """
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256.lower():
        raise UserError(
            f"the image {path.name!r} is not what it should be, {advice}",
            detail=f"expected sha256 {sha256.lower()}\ngot      sha256 {found}",
        )


def note(path):
    """What the user is told of the fetched image `path` when only its first download vouches for it, '' elsewhere."""
    if _locked(path.name):
        return ""
    return (
        f"no hash of {path.name} is locked, so it is trusted as it first came from {URL.split('/')[2]} over HTTPS; from now on "
        f"it has to stay that: --sha256 {(path.parent / _RECORD).read_text()}"
    )


def _locked(name):
    return json.loads(LOCK.read_text()).get(name, "")


def _fetch(name, work, progress):
    if progress:
        progress("fetch", URL + name)
    try:
        with urllib.request.urlopen(URL + name, timeout=_ANSWER_S) as answer:
            data = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise UserError(
            f"the official image is out of reach ({reason}), download {URL}{name} somewhere else and add --image FILE"
        ) from error
    (work / name).write_bytes(data)
    (work / _RECORD).write_text(hashlib.sha256(data).hexdigest())
