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

_ANSWER_S = 15


def image(board, version=None, *, progress=None):
    """The official image for `board` and MicroPython `version`, as a file in the cache.

    Its SHA-256 must be the one in the lock file, or where that has none the one it had when it was first fetched.

    :raises UserError: when there is none for the board, it cannot be fetched, or it is not what it was.
    """
    name = file_name(board, versions.resolve(version))
    place = cache_dir() / "stock" / name
    with sources.locked(place):
        if not (place / name).is_file():
            with sources.assembled(place) as work:
                _fetch(name, work, progress)
    _check(place, name)
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
    (work / "sha256").write_text(hashlib.sha256(data).hexdigest())


def _check(place, name):
    expected = json.loads(LOCK.read_text()).get(name) or (place / "sha256").read_text()
    found = hashlib.sha256((place / name).read_bytes()).hexdigest()
    if found != expected:
        raise UserError(
            f"the image {name!r} in the cache is not what it should be, delete the folder {str(place)!r} and run this again",
            detail=f"expected sha256 {expected}\ngot      sha256 {found}",
        )
