"""The toolkit without what only Linux and macOS have, as on Windows."""

import subprocess
import sys

import pytest

from firmware import boards, build, doctor, emulators, posix
from firmware.errors import UserError

# Other packages know Windows, but here they need all this: it is hidden from ours alone.
WITHOUT = """
import builtins, importlib, os, pkgutil, sys
import filelock, platformdirs

hidden = {"fcntl", "termios", "pty", "tty", "resource", "grp", "pwd"}
plain_import = builtins.__import__

def guarded(name, globals=None, *args):
    if name in hidden and (globals or {}).get("__name__", "").startswith("firmware"):
        raise ImportError(f"{name} is not here")
    return plain_import(name, globals, *args)

builtins.__import__ = guarded
for name in ("fork", "forkpty", "getegid", "geteuid", "getgid", "getpgrp", "getuid", "killpg", "openpty", "setsid"):
    delattr(os, name)
"""
IMPORT_ALL = """
import firmware
for module in pkgutil.walk_packages(firmware.__path__, "firmware."):
    if not module.name.startswith(("firmware.device", "firmware.tunnel.device", "firmware.data", "firmware.__main__")):
        importlib.import_module(module.name)
        print(module.name)
"""
COMMAND = """
from firmware import cli
cli.main(sys.argv[1:])
"""


def run(code, *args):
    return subprocess.run([sys.executable, "-c", WITHOUT + code, *args], capture_output=True, text=True, timeout=120)


def test_every_module_is_imported():
    result = run(IMPORT_ALL)
    assert result.returncode == 0, result.stderr
    assert {"firmware.cli", "firmware.sources", "firmware.tunnel", "firmware.emulators.ppp"} <= {*result.stdout.split()}


@pytest.mark.parametrize("args", [["--help"], ["boards"], ["doctor"], ["build", "unix", "--dry-run"]], ids=" ".join)
def test_command_works(args):
    result = run(COMMAND, *args)
    assert result.returncode == 0, result.stderr
    assert result.stdout and not result.stderr


def test_lock_is_held_by_one_at_a_time(tmp_path):
    code = "from pathlib import Path\nfrom firmware import sources\nwith sources.locked(Path(sys.argv[1])):"
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys\n{code}\n    print('held', flush=True)\n    sys.stdin.read()",
            tmp_path / "place",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", f"import sys\n{code} pass", tmp_path / "place"], timeout=2)
        holder.stdin.close()
    assert run(code + " print('mine')", str(tmp_path / "place")).stdout == "mine\n"


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(posix, "WINDOWS", True)


@pytest.mark.parametrize(
    "what, action",
    [
        ("building MicroPython", lambda: build.build("unix")),
        ("emulating a board", lambda: emulators.start(None, boards.load("qemu_arm"))),
    ],
)
def test_what_windows_cannot_do_is_refused_in_one_line(windows, what, action):
    with pytest.raises(UserError) as info:
        action()
    assert str(info.value).startswith(f"{what} needs Linux or macOS: ")
    assert "wsl --install" in str(info.value) and "\n" not in str(info.value)


def test_doctor_tells_it_of_every_board(windows):
    told = [finding for finding in doctor.examine() if finding.topic == "boards"]
    assert told
    assert all("wsl --install" in finding.text for finding in told)


def test_process_is_ended_where_it_cannot_be_interrupted(windows):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        posix.interrupt(process)
        assert process.wait(10) != 0
