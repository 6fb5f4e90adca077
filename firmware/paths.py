"""Where things are: the checkout (or what was installed in its place), the cache, the artifacts."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

#: the folder with boards/ and manifest.py: the checkout, or the copy inside an installed package
ROOT = _PACKAGE.parent if (_PACKAGE.parent / "boards").is_dir() else _PACKAGE / "data"
#: the framework's own source, which images freeze
FRAMEWORK = _PACKAGE.parent / "microdot"
#: modules of the toolkit that run on the device
DEVICE = _PACKAGE / "device"
#: C modules and configuration that ports are built with, by port
PORTS = _PACKAGE / "ports"
#: what links the framework into ROM: the host's part and the device's
LINKER = (_PACKAGE / "linker", PORTS / "linker")
BOARDS = ROOT / "boards"


def cache_dir():
    """The folder for downloads and source trees: MICRODOT_CACHE, else the user's cache folder."""
    chosen = os.environ.get("MICRODOT_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs  # 20 ms that most commands do not need

    return Path(platformdirs.user_cache_dir("microdot-firmware", appauthor=False))


def build_dir():
    """The folder for artifacts: MICRODOT_BUILD, else build/ in the checkout, else build/ where the user is."""
    chosen = os.environ.get("MICRODOT_BUILD")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return (ROOT if is_checkout() else Path.cwd()) / "build"


def work_dir():
    """The folder for what builds keep from one time to the next: MICRODOT_WORK, else .work where the artifacts are."""
    chosen = os.environ.get("MICRODOT_WORK")
    return Path(chosen).expanduser().absolute() if chosen else build_dir() / ".work"


def is_checkout():
    """Whether the toolkit runs from a source checkout rather than from an installed package."""
    return ROOT == _PACKAGE.parent
