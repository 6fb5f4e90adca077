"""Emulated machines as processes: what starts them, what ends them, and what is said when they cannot be had."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware import boards, build, emulate, system
from firmware.emulators import rp2040
from firmware.errors import UserError
from firmware.paths import ROOT


@pytest.fixture(scope="module")
def image():
    return build.build("qemu_arm")


@pytest.fixture
def bare_path(tmp_path, monkeypatch):
    """A PATH with a few programs only, on a machine where nothing can be installed."""
    for name in ("setpriv", "node"):
        if shutil.which(name):
            (tmp_path / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "can_install", lambda: False)
    return tmp_path


def ended(pid):
    """Whether the process is gone, or a corpse that someone has still to collect."""
    with contextlib.suppress(FileNotFoundError):
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    return True


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def address(machine):
    return "127.0.0.1", machine.port


def test_leaving_the_block_ends_the_emulator(image):
    with emulate.boot("qemu_arm", image) as machine:
        assert machine.alive
    assert not machine.alive


def test_an_error_in_the_block_ends_the_emulator(image):
    with contextlib.suppress(KeyError), emulate.boot("qemu_arm", image) as machine:
        raise KeyError
    assert not machine.alive


def test_a_machine_that_is_forgotten_ends(image):
    process = emulate.boot("qemu_arm", image).process
    wait_until(lambda: process.poll() is not None)


def test_closing_twice_is_no_error(image):
    machine = emulate.boot("qemu_arm", image)
    machine.close()
    machine.close()


def test_the_temporary_files_go_with_the_machine(image):
    with emulate.boot("qemu_arm", image) as machine:
        folder = machine.transcript.parent
        assert folder.is_dir()
    assert not folder.exists()


def test_the_transcript_begins_at_power_on(image):
    with emulate.boot("qemu_arm", image) as machine:
        wait_until(lambda: b">>> " in machine.shown())
        assert b"MicroPython v1." in machine.shown()


def test_many_machines_at_once_have_ports_of_their_own(image):
    with contextlib.ExitStack() as stack:
        machines = [stack.enter_context(emulate.boot("qemu_arm", image)) for _ in range(4)]
        assert len({machine.port for machine in machines}) == 4


def test_the_console_is_open_as_soon_as_boot_returns(image):
    with emulate.boot("qemu_arm", image) as machine:
        with socket.create_connection(address(machine), timeout=5) as console:
            console.sendall(b"\r1 + 41\r")
            seen = b""
            while b"42" not in seen:
                seen += console.recv(1000)


def test_an_emulator_that_dies_closes_its_console(image):
    with emulate.boot("qemu_arm", image) as machine:
        machine.process.kill()
        machine.process.wait()
        assert not machine.alive
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address(machine), timeout=5)


BOOT = """
import time
from firmware import build, emulate
machine = emulate.boot({board!r}, build.read(build.build_dir() / {board!r}))
print(machine.process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not shutil.which("setpriv"), reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("board", ["qemu_arm", "pico"])
def test_nothing_stays_when_we_are_killed(board):
    build.build(board)
    us = subprocess.Popen([sys.executable, "-c", BOOT.format(board=board)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    emulator = int(us.stdout.readline())
    us.kill()
    us.wait()
    wait_until(lambda: ended(emulator))


def test_ctrl_c_ends_a_running_board(image):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cmd = [sys.executable, "-m", "firmware", "run", "qemu_arm", "--port", str(port)]
    run = subprocess.Popen(
        cmd, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert f"http://localhost:{port}/" in run.stdout.readline()
    [emulator] = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    run.send_signal(signal.SIGINT)
    assert run.wait(10) == 0
    assert ended(emulator)


def test_a_missing_image_is_told_in_the_emulators_words(image, tmp_path):
    with pytest.raises(UserError, match="the emulator of 'qemu_arm' ended with 1") as caught:
        emulate.boot("qemu_arm", replace(image, image=tmp_path / "nothing.elf", elf=tmp_path / "nothing.elf"))
    assert "nothing.elf" in caught.value.detail


def test_a_missing_qemu_is_named_with_its_package(image, bare_path):
    with pytest.raises(UserError, match="no program 'qemu-system-arm' .* qemu-system-arm"):
        emulate.boot("qemu_arm", image)


def test_a_missing_node_is_named_with_its_package(image, bare_path):
    (bare_path / "node").unlink(missing_ok=True)
    with pytest.raises(UserError, match="no program 'node' .* nodejs"):
        emulate.boot("pico", image)


def test_a_board_without_an_emulator_says_so(image):
    with pytest.raises(UserError, match="board 'esp32' cannot be emulated"):
        emulate.boot("esp32", image)


def test_a_damaged_emulator_is_told(tmp_path, monkeypatch):
    shutil.copytree(rp2040.packages().parent, tmp_path / "rp2040js")
    monkeypatch.setenv("MICRODOT_CACHE", str(tmp_path))
    shutil.rmtree(rp2040.packages() / "node_modules" / "rp2040js" / "dist")
    with pytest.raises(UserError, match="is damaged, remove it and run the same command again"):
        rp2040.packages()


def test_every_board_names_an_emulator_there_is():
    named = {board.emulator for board in boards.all_boards() if board.emulator}
    assert named == {*emulate.EMULATORS, emulate.TESTS_ONLY}
