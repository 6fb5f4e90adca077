"""The images of the emulated boards, driven by the real mpremote."""

import contextlib
import random
import subprocess
import sys
import time

import pytest

from firmware import build, emulate

BOARDS = ["qemu_arm", "qemu_riscv", "pico"]
NAMES = {
    "qemu_arm": "mps2-an385 with Cortex-M3",
    "qemu_riscv": "virt with rv32imac",
    "pico": "Raspberry Pi Pico with RP2040",
}


class Board:
    """A board that is on, and mpremote at its console."""

    def __init__(self, name, machine):
        self.name = name
        self.machine = machine

    def mpremote(self, *args):
        """What mpremote prints."""
        cmd = [sys.executable, "-m", "mpremote", "connect", self.machine.console, *args]
        result = subprocess.run(cmd, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def run(self, source):
        """What the board prints while it runs `source`."""
        return self.mpremote("exec", source).strip()

    def write(self, name, text):
        """Make a file on the board."""
        self.run(f"with open({name!r}, 'w') as file: file.write({text!r})")

    def evaluate(self, expression):
        return eval(self.mpremote("eval", expression))


@contextlib.contextmanager
def switched_on(name, **options):
    with emulate.boot(name, build.build(name), **options) as machine:
        yield Board(name, machine)


@pytest.fixture(scope="module", params=BOARDS)
def board(request):
    with switched_on(request.param) as board:
        yield board


def test_the_board_tells_its_name(board):
    assert board.run("import sys; print(sys.implementation._machine)") == NAMES[board.name]


def test_the_framework_is_frozen(board):
    said = board.run("import sys; sys.path[:] = ['.frozen']; import microdot.asyncio; print(microdot.__file__)")
    assert said == "microdot/__init__.py"


def test_half_the_heap_of_the_smallest_board_is_free(board):
    assert board.evaluate("__import__('gc').mem_free()") > 100_000


def test_time_passes_as_on_the_wall(board):
    source = "import time\nt = time.ticks_us()\ntime.sleep_ms(200)\nprint(time.ticks_diff(time.ticks_us(), t))"
    assert 200_000 <= int(board.run(source)) < 260_000


def test_sleeping_takes_as_long_for_the_host(board):
    start = time.monotonic()
    board.run("import time; time.sleep(1)")
    assert 1 <= time.monotonic() - start < 5


def test_ticks_never_run_backwards(board):
    assert (
        board.run("""
import time
last = time.ticks_us()
back = 0
for _ in range(5000):
    now = time.ticks_us()
    back += time.ticks_diff(now, last) < 0
    last = now
print(back)
""")
        == "0"
    )


def test_asyncio_tasks_take_turns(board):
    assert (
        board.run("""
import asyncio
said = []
async def count(name, ms):
    for _ in range(3):
        await asyncio.sleep_ms(ms)
        said.append(name)
async def main():
    await asyncio.gather(count("a", 30), count("b", 50))
asyncio.run(main())
print("".join(said))
""")
        == "abaabb"
    )


def test_select_sees_no_input_where_there_is_none(board):
    source = "import select, sys\np = select.poll()\np.register(sys.stdin, select.POLLIN)\nprint(p.poll(10))"
    assert board.run(source) == "[]"


def test_ctrl_c_stops_a_busy_program(board):
    import socket

    with socket.create_connection(("127.0.0.1", board.machine.port), timeout=20) as console:
        console.sendall(b"\r\x03\x03\x02")
        console.sendall(b"while True: pass\r\r\r")
        time.sleep(1)
        console.sendall(b"\x03")
        seen = b""
        while b"KeyboardInterrupt" not in seen:
            data = console.recv(1000)
            assert data, seen
            seen += data


def test_files_go_there_and_back(board, tmp_path):
    content = random.Random(board.name).randbytes(10_000)
    (tmp_path / "there").write_bytes(content)
    board.mpremote(
        "cp", str(tmp_path / "there"), ":blob", "+", "cp", ":blob", str(tmp_path / "back"), "+", "rm", ":blob"
    )
    assert (tmp_path / "back").read_bytes() == content


def test_a_soft_reset_forgets_names_and_keeps_files(board):
    board.write("kept.txt", "here")
    after = "print('x' in globals(), open('kept.txt').read())"
    said = board.mpremote("exec", "x = 1", "+", "soft-reset", "+", "exec", after)
    assert said.strip() == "False here"


def test_a_hard_reset_starts_again_and_keeps_files(board):
    board.write("kept.txt", "still here")
    shown = len(board.machine.shown())
    board.mpremote("reset")
    deadline = time.monotonic() + 30
    while b"MicroPython v" not in board.machine.shown()[shown:]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert board.run("print(open('kept.txt').read())") == "still here"
    assert board.machine.alive


def test_main_py_runs_at_boot_but_not_before_a_tools_program(board):
    board.write("main.py", 'print("main" + " ran")')
    try:
        shown = len(board.machine.shown())
        board.mpremote("reset")
        deadline = time.monotonic() + 30
        while b"main ran" not in board.machine.shown()[shown:]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert "main ran" not in board.mpremote("soft-reset", "+", "exec", "print(1)")
    finally:
        board.run("import os; os.remove('main.py')")


def test_a_folder_of_the_host_can_be_mounted(board, tmp_path):
    (tmp_path / "hello.py").write_text("print('hello from the host')")
    assert "hello from the host" in board.mpremote("mount", str(tmp_path), "exec", "import hello")


def test_random_bytes_are_not_the_same_twice(board):
    draws = {board.run("import os; print(os.urandom(16))") for _ in range(2)}
    assert len(draws) == 2


def test_hashes_are_right(board):
    import hashlib

    for name in ("sha1", "sha256"):
        digest = board.evaluate(f"__import__('hashlib').{name}(b'abc').digest()")
        assert digest == hashlib.new(name, b"abc").digest()


@pytest.mark.parametrize("name", BOARDS)
def test_the_flash_file_keeps_files_from_one_boot_to_the_next(name, tmp_path):
    flash = tmp_path / "flash"
    with switched_on(name, flash=flash) as board:
        board.write("kept.txt", "over night")
    with switched_on(name, flash=flash) as board:
        assert board.run("print(open('kept.txt').read())") == "over night"


@pytest.mark.parametrize("name", BOARDS)
def test_without_a_flash_file_a_board_starts_empty(name):
    for _ in range(2):
        with switched_on(name) as board:
            assert board.evaluate("__import__('os').listdir('/')") == []
            board.write("lost.txt", "")
