"""Drive the command `microdot` as a user does, from this checkout or from a copy that a test may change."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_PARTS = ("firmware", "microdot", "boards", "examples", "manifest.py", ".git", ".gitignore")
_USERS = ("MICROPYTHON", "MICROPYTHON_DIR", "MICRODOT_WORK")  # variables that commands run without


class Result:
    """How a command ended: status, what it said on each stream, and how long it took."""

    def __init__(self, process, seconds):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.seconds = seconds

    def __repr__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n--- out\n{self.out}\n--- err\n{self.err}"


class Checkout:
    """A folder with the toolkit in it, and where it builds.

    :param build: the folder for artifacts, None for build/ in the checkout.
    :param work: the folder for object files, None for .work in `build`.
    """

    def __init__(self, folder=ROOT, build=None, work=None):
        self.folder = Path(folder)
        self.build = Path(build) if build else self.folder / "build"
        self._work = work

    @classmethod
    def copied(cls, folder):
        """A copy of this checkout at `folder`."""
        for part in _PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, Path(folder) / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy2(source, Path(folder) / part)
        return cls(folder)

    def environment(self, **more):
        """The variables that a command of this checkout runs with."""
        own = {"PYTHONPATH": self.folder, "MICRODOT_BUILD": self.build}
        if self._work:
            own["MICRODOT_WORK"] = self._work
        env = {name: value for name, value in os.environ.items() if name not in _USERS}
        return {**env, **{name: str(value) for name, value in {**own, **more}.items()}}

    def command(self, *args):
        """The words of the command line `microdot ARGS`."""
        return [sys.executable, "-m", "firmware", *(str(arg) for arg in args)]

    def run(self, *args, cwd=None, timeout=300, **env):
        """Run `microdot ARGS` to its end."""
        began = time.monotonic()
        process = subprocess.run(
            self.command(*args),
            cwd=cwd or self.folder,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Result(process, time.monotonic() - began)

    def start(self, *args, cwd=None, **env):
        """Start `microdot ARGS` in a process group of its own, as a shell would."""
        return subprocess.Popen(
            self.command(*args),
            cwd=cwd or self.folder,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def press_ctrl_c(process):
    """What a terminal does at Ctrl-C: the signal goes to the whole group."""
    os.killpg(process.pid, signal.SIGINT)


def wait_until(true, seconds=60):
    """Wait until `true()` holds, `seconds` at most."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def small_disk(folder, *command):
    """The words that run `command` where `folder` is a disk of 2 MB of its own, seen by nobody else."""
    script = f'mount -t tmpfs -o size=2m tmpfs {folder} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]
