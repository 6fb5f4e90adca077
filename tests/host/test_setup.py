"""scripts/setup.py, and what `make` says where something is in its way."""

import re
import runpy
import subprocess
import sys

import pytest

from firmware import system
from firmware.errors import UserError
from servers import free_port
from toolkit import ROOT

SETUP = ROOT / "scripts" / "setup.py"


def test_older_python_is_told_how_to_choose_another():
    older = "import runpy, sys\nclass Older(tuple): major, minor = 3, 10\nsys.version_info = Older((3, 10, 12))\n"
    code = f"{older}runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 1
    assert re.fullmatch(r"setup: Python 3.11 or later is needed and .*: make run PYTHON=python3.11\n", told.stderr)


def test_package_index_out_of_reach_is_told_before_pip_gives_up(capsys):
    step = runpy.run_path(str(SETUP))["step"]
    index = ("--index-url", f"http://127.0.0.1:{free_port()}/simple/", "--retries", "1")
    with pytest.raises(UserError, match="out of reach: .*Connection refused; run this again") as caught:
        step("installing", *(sys.executable, "-m", "pip", "--isolated", "download", "--no-deps", *index, "none-such"))
    assert not caught.value.detail
    assert "the package index does not answer (" in capsys.readouterr().out


def test_step_that_fails_says_what_its_program_said(capsys):
    step = runpy.run_path(str(SETUP))["step"]
    with pytest.raises(UserError, match="^making failed$") as caught:
        step("making", sys.executable, "-c", "import sys; sys.exit('no room')")
    assert caught.value.detail == "no room"


def test_second_make_waits_for_the_first(tmp_path):
    (turn := tmp_path / "turn").touch()
    wait = runpy.run_path(str(SETUP))["wait_for_turn"]
    code = f"import runpy; runpy.run_path({str(SETUP)!r})['wait_for_turn'](open({str(turn)!r})); print('my turn')"
    with open(turn) as held:
        wait(held)
        second = subprocess.Popen([sys.executable, "-uc", code], stdout=subprocess.PIPE, text=True)
        assert second.stdout.readline().startswith("waiting for another make")
        assert second.poll() is None
    assert second.communicate(timeout=20)[0] == "my turn\n"


def test_apt_without_lists_is_told_to_fetch_them(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "_APT_LISTS", tmp_path)
    assert re.fullmatch(
        "(sudo )?apt-get update && (sudo )?apt-get install -y gcc make", system.install_command(["make", "gcc"])
    )
    (tmp_path / "mirror_main_binary-amd64_Packages.lz4").touch()
    assert re.fullmatch("(sudo )?apt-get install -y gcc", system.install_command(["gcc"]))
