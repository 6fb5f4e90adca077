#!/usr/bin/env python3
"""Make .venv with the locked packages of requirements.txt and this checkout in it; `make` runs it by itself.

Standard library only. What needs root (the venv module on Debian, a C compiler, libraries) is installed when this runs
as root, and otherwise printed as the one command to type.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from firmware import posix, system  # noqa: E402
from firmware.errors import UserError  # noqa: E402

VENV = ROOT / ".venv"
PYTHON = VENV / "Scripts" / "python.exe" if posix.WINDOWS else VENV / "bin" / "python"
READY = VENV / "ready"  # holds the fingerprint of what was installed
INPUTS = ("requirements.txt", "pyproject.toml", "firmware/locks/device.json", "scripts/setup.py")


def main():
    if sys.version_info < (3, 11):
        raise UserError(
            f"Python 3.11 or later is needed and {sys.executable} is {sys.version.split()[0]}, "
            f"name a later one that is installed: make run PYTHON=python3.11"
        )
    with open(__file__) as turn:
        wait_for_turn(turn)
        set_up()


def set_up():
    wanted = fingerprint()
    if READY.is_file() and READY.read_text() == wanted and PYTHON.exists():
        return
    if not posix.WINDOWS:  # where nothing is compiled
        system.ensure("venv", "base", "unix")
    if not works():
        step("making .venv", sys.executable, "-m", "venv", "--clear", VENV)
    install()
    READY.write_text(wanted)


def wait_for_turn(file):
    """Lock `file` until it is closed, so that of two `make` at once the second finds what the first has made."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for another make, which sets up .venv ...", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        pass  # a file system without locks


def fingerprint():
    """Changes with everything that decides what is in the virtual environment, this checkout's place included."""
    parts = [str(ROOT), sys.version] + [(ROOT / name).read_text() for name in INPUTS]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def works():
    """Whether there is a virtual environment that can install packages."""
    return PYTHON.exists() and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def install():
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    step("installing packages", *pip, "--require-hashes", "-r", ROOT / "requirements.txt")
    step("installing the command microdot", *pip, "--no-deps", "--no-build-isolation", "-e", ROOT)
    # which pip refuses, for want of a build file
    fetch = "from firmware import cli, libraries; cli.finish(lambda: libraries.install('utemplate'))"
    step("installing utemplate", PYTHON, "-c", fetch)


def step(doing, *command):
    """Run `command`; that the package index is out of reach is told at once, as pip tries for a while.

    :raises UserError: when it fails, with what it said last.
    """
    print(f"{doing} ...", flush=True)
    said, broken = [], ""
    with subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout:
            retry = _RETRY.search(line)
            if not retry:
                said.append(line.rstrip())
            elif not broken:
                broken = retry[1].rpartition(">: ")[2]
                print(f"    the package index does not answer ({broken}), trying again ...", flush=True)
    if process.returncode and broken:
        raise UserError(f"{doing} failed, the package index is out of reach: {broken}; run this again when it is not")
    if process.returncode:
        raise UserError(f"{doing} failed", detail="\n".join(said[-8:]))


#: pip's word on an attempt that failed, with the innermost reason
_RETRY = re.compile(r"Retrying \(.* after connection broken by '\w+\(.*?['\"]([^'\"]+)['\"]\)+'?: ")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit("\n    ".join([f"setup: {error}", *error.detail.splitlines()]))
    except KeyboardInterrupt:
        sys.exit("setup: stopped")
