#!/usr/bin/env python3
"""Make .venv with the locked packages of requirements.txt and this checkout in it; `make` runs it by itself.

Standard library only. What needs root (the venv module on Debian, a C compiler, libraries) is installed when this runs
as root, and otherwise printed as the one command to type.
"""

import hashlib
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
        raise UserError(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}")
    wanted = fingerprint()
    if READY.is_file() and READY.read_text() == wanted and PYTHON.exists():
        return
    if not posix.WINDOWS:  # where nothing is compiled
        system.ensure("venv", "base", "unix")
    if not works():
        step("making .venv", sys.executable, "-m", "venv", "--clear", VENV)
    install()
    READY.write_text(wanted)


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
    step("installing utemplate", PYTHON, "-c", "from firmware import libraries; libraries.install('utemplate')")


def step(doing, *command):
    print(f"{doing} ...", flush=True)
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        last = "\n".join(result.stdout.splitlines()[-8:])
        raise UserError(f"{doing} failed, is the package index within reach?", detail=last)


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit("\n    ".join([f"setup: {error}", *error.detail.splitlines()]))
    except KeyboardInterrupt:
        sys.exit("setup: stopped")
