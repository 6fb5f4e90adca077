"""`microdot monitor`: what a console prints, over a socket and a pty, with resets and crashes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tty

import pytest

from firmware import build, emulate, monitor
from firmware.errors import UserError
from firmware.monitor import Screen
from firmware.symbols import Symbols


def shown(*pieces, **options):
    out = []
    screen = Screen(out.append, **options)
    for piece in pieces:
        screen.feed(piece)
    return "".join(out)


def test_each_line_has_its_time_however_it_is_cut():
    text = b"one\r\ntwo\r\n>>> "
    for size in range(1, len(text) + 1):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        assert shown(*pieces, stamp=lambda: "[t] ") == "[t] one\n[t] two\n[t] >>> "


def test_a_character_cut_in_two_is_shown_whole():
    data = "grüße €\n".encode()
    assert shown(*(bytes([byte]) for byte in data)) == "grüße €\n"


def test_bytes_that_are_no_text_do_not_stop_it():
    assert shown(b"\xff\xfe boot\n", b"ok\n").endswith("ok\n")


def test_explanations_stand_below_their_line():
    assert (
        shown(b"ab", b"c\nd\n", explain=lambda line: [line.strip().upper()] if "abc" in line else [])
        == "abc\n    ABC\nd\n"
    )


def test_a_stamp_is_a_time():
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} ", monitor.stamp())


class Follower:
    """`monitor.follow` in a thread, and what it has shown."""

    def __init__(self, port, patience_s=10):
        self.text = ""
        self.error = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=(port, patience_s))

    def _follow(self, port, patience_s):
        try:
            monitor.follow(port, 115200, Screen(self._write), patience_s=patience_s, stop=self._stopping.is_set)
        except UserError as error:
            self.error = str(error)

    def _write(self, text):
        self.text += text

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stopping.set()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def wait_for_repeated(self, send, text):
        """Send `text` until it is shown: pyserial drops what has come before a port is open."""
        while text not in self.text:
            send(text.encode())
            time.sleep(0.02)

    def wait_for(self, text):
        deadline = time.monotonic() + 10
        while text not in self.text and self._thread.is_alive():
            assert time.monotonic() < deadline, f"{text!r} never came, only {self.text!r}"
            time.sleep(0.01)


def test_comes_back_after_a_reset():
    with socket.create_server(("127.0.0.1", 0)) as board:
        port = f"socket://127.0.0.1:{board.getsockname()[1]}"
        with Follower(port) as follower:
            for boot in ("first boot\n", "second boot\n"):
                with board.accept()[0] as console:
                    follower.wait_for_repeated(console.sendall, boot)
                follower.wait_for("went away")
    assert re.search(
        r"first boot\n--- \S+ went away, waiting for it ---\n--- \S+ is back ---\nsecond boot", follower.text
    )


def test_follows_a_pty():
    master, slave = os.openpty()
    tty.setraw(slave)
    with Follower(os.ttyname(slave)) as follower:
        follower.wait_for_repeated(lambda data: os.write(master, data), "hello from a pty\n")
    os.close(master)
    os.close(slave)


def test_gives_up_when_it_was_told_how_long_to_wait():
    board = socket.create_server(("127.0.0.1", 0))
    with Follower(f"socket://127.0.0.1:{board.getsockname()[1]}", patience_s=0.3) as follower:
        board.accept()[0].close()
        board.close()
        follower._thread.join(10)
    assert "check the cable" in follower.error


def test_a_port_that_is_not_there():
    with pytest.raises(UserError, match="there is no port '/dev/ttyUSB99'"):
        monitor.follow("/dev/ttyUSB99", 115200, Screen(print))


PROGRAM = "void boom(void) { *(volatile int *)0 = 1; }\nint main(void) { boom(); return 0; }\n"


@pytest.fixture(scope="module", params=["cc", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"])
def program(request, tmp_path_factory):
    """An ELF file with the address of its function boom()."""
    folder = tmp_path_factory.mktemp("elf")
    compiler = shutil.which(request.param)
    assert compiler, f"no {request.param} here, `microdot doctor` says how to get it"
    (folder / "program.c").write_text(PROGRAM)
    command = [
        compiler,
        "-g",
        "-nostdlib",
        "-static",
        "-Wl,-Ttext=0x40080000",
        "-Wl,-emain",
        "program.c",
        "-o",
        "program.elf",
    ]
    subprocess.run(command, cwd=folder, check=True)
    names = subprocess.run(["nm", "program.elf"], cwd=folder, check=True, capture_output=True, text=True).stdout
    address = int(re.search(r"(\w+) T boom", names)[1], 16) & ~1
    return folder / "program.elf", address


@pytest.mark.parametrize(
    "line",
    [
        "Backtrace: {:#010x}:0x3ffb1f00 |<-CORRUPTED",
        "MEPC    : {:#010x}  RA : 0x00000000",
        "PC={:#010x}",
        "R14:  FFFFFFFD R15:  {:08X}",
    ],
)
def test_addresses_of_a_crash_are_explained(program, line):
    elf, address = program
    (explained,) = Symbols(elf).explain(line.format(address))
    assert "boom" in explained
    assert "program.c:1" in explained


def test_other_numbers_are_left_alone(program):
    elf, address = program
    symbols = Symbols(elf)
    assert symbols.explain(f"value {address:#010x}") == []
    assert symbols.explain("Backtrace: 0x00000004:0x3ffb1f00") == []


@pytest.mark.parametrize("content", [b"", b"\xe9 no elf", None])
def test_what_is_no_elf_file(tmp_path, content):
    if content is not None:
        (tmp_path / "x.elf").write_bytes(content)
    with pytest.raises(UserError, match="name the .elf"):
        Symbols(tmp_path / "x.elf")


CRASH = b"\r\x03import machine, time; time.sleep(4); machine.mem32[0x70000000]\r\n"


def test_a_real_crash_of_an_emulated_board_is_explained():
    """By the command, which finds the ELF file of what was built here; nothing is at the address."""
    with emulate.boot("qemu_arm", build.build("qemu_arm")) as machine:
        with socket.create_connection(("127.0.0.1", machine.port)) as console:
            console.sendall(CRASH[:-1])
            seen = b""
            while not seen.endswith(CRASH[2:]):
                seen += console.recv(1000)
        command = [sys.executable, "-m", "firmware", "monitor", "qemu_arm", "--port", machine.console]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
            shown = "".join(
                line for line in iter(following.stdout.readline, "") if not finish_at("xPSR", line, following)
            )
    assert following.returncode == 0
    assert "crashes explained by firmware.elf ---" in shown
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} HardFault exception caught:$", shown, re.MULTILINE)
    assert re.search(r"^    0x[0-9a-f]+: machine_mem_subscr at .*machine_mem.c:", shown, re.MULTILINE)


def finish_at(text, line, process):
    """Press Ctrl-C once `line` has `text`."""
    if text in line:
        process.send_signal(signal.SIGINT)
