"""Who is compared: our framework in its flavours and the reference from PyPI, on CPython and on MicroPython."""

import contextlib
import hashlib
import os
import platform
import struct
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from firmware import boards, build, shell, sources, system
from firmware.errors import UserError
from firmware.paths import ROOT, build_dir, cache_dir

HERE = Path(__file__).resolve().parent
APPS = HERE / "board" / "apps"

CPYTHON, MICROPYTHON = "CPython", "MicroPython"
OURS, REFERENCE = "ours", "m2"


@dataclass(frozen=True)
class Contestant:
    """A framework in one of its flavours on a runtime; `flavour` is what the programs in board/apps are told."""

    framework: str
    flavour: str
    runtime: str

    def command(self, app, *args, heap=None):
        """The words that run the program `app` of board/apps.

        :param heap: size of MicroPython's heap, in bytes; None for what it takes by itself.
        """
        words = [str(arg) for arg in (self.flavour, *args)]
        if self.runtime == CPYTHON:
            return [sys.executable, str(APPS / f"{app}.py"), *words]
        options = [] if heap is None else ["-X", f"heapsize={heap}"]
        return [str(image(self.framework)), *options, "-m", app, *words]

    def environment(self):
        """The variables that it runs with: where CPython finds the framework."""
        return {**os.environ, "PYTHONPATH": str(ROOT if self.framework == OURS else reference())}


def prepare(contestant, progress):
    """Install or build what `contestant` needs, telling `progress` (step, line)."""
    if contestant.framework == REFERENCE:
        reference(progress)
    if contestant.runtime == MICROPYTHON:
        image(contestant.framework, progress)


@cache
def reference(progress=None):
    """The folder that the reference is installed in: a virtual environment of its own, for it is called microdot too."""
    lock = HERE / "reference.txt"
    place = _installed(lock, lock.read_text().split()[0].replace("==", "-"), progress)
    return next(place.glob("lib/python*/site-packages"))


@cache
def gateways(progress=None):
    """The Python that has the servers of gateways/requirements.txt, and no framework."""
    lock = HERE / "gateways" / "requirements.txt"
    return _installed(lock, f"gateways-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}", progress) / "bin" / "python"


def _installed(lock, name, progress):
    """A virtual environment in the cache with the packages of `lock`."""
    place = cache_dir() / "bench" / name
    with sources.locked(place):
        if not place.is_dir():
            with sources.assembled(place) as work:
                pip = [work / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
                step = f"install {name}"
                shell.run([sys.executable, "-m", "venv", work], step=step, progress=progress)
                shell.run([*pip, "--require-hashes", "-r", lock], step=step, progress=progress)
    return place


@cache
def image(framework, progress=None):
    """The MicroPython of this machine with `framework` and the programs of board/apps frozen into it."""
    with _frozen_reference(framework):
        # a name for each: what is compiled is kept by board, and both frameworks have the same name
        return build.build(replace(board(), name=f"bench_{framework}"), out=build_dir() / "bench" / framework, progress=progress).image


@contextlib.contextmanager
def _frozen_reference(framework):
    # board/manifest.py is executed by the build
    if framework == REFERENCE:
        os.environ["MICRODOT_BENCH_REFERENCE"] = str(reference())
    try:
        yield
    finally:
        os.environ.pop("MICRODOT_BENCH_REFERENCE", None)


@cache
def board():
    """The board that MicroPython is built for: of 32 bits, as boards are, where that can be had."""
    plain = boards.read(HERE / "board")
    return replace(plain, make={**plain.make, "MICROPY_FORCE_32BIT": str(int(bits() == 32))})


@cache
def bits():
    """The word size of the MicroPython that is measured: 32, or this machine's own where 32 cannot be had."""
    if platform.machine() == "x86_64":
        with contextlib.suppress(UserError):
            system.ensure("unix32")
            return 32
    return struct.calcsize("P") * 8
