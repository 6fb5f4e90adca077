"""`microdot flash` for Espressif chips: the real esptool against simulated boards."""

import subprocess
from pathlib import Path

import pytest

from firmware import flash
from firmware.boards import Board
from firmware.errors import UserError
from tests.romloader import images
from tests.romloader.board import Board as Simulated

STUCK_ADDRESS = 0x12345


def board(chip, **flashing):
    flashing = {"method": "esptool", "offset": images.OFFSETS[chip], **flashing}
    return Board(name=chip, path=Path(), port="esp32", artifact="firmware.bin", chip=chip, flash=flashing)


@pytest.fixture(autouse=True)
def short_patience(tmp_path, monkeypatch):
    """esptool waits seconds for real boards; these answer at once or never."""
    (tmp_path / "esptool.cfg").write_text("[esptool]\ntimeout = 0.5\nconnect_attempts = 1\n")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))


@pytest.fixture
def image(tmp_path):
    def make(chip="esp32", **options):
        file = tmp_path / f"{chip}.bin"
        file.write_bytes(images.firmware(chip, **options))
        return file

    return make


def run(board, image, *ports, **options):
    """Flash, and return the results and the texts that were reported."""
    said = []
    jobs = flash.jobs(board, image, ports, **options)
    return flash.run(jobs, lambda job, done, total, text: said.append((done, total, text))), said


def error(board, image, *ports, **options):
    (result,), _ = run(board, image, *ports, **options)
    assert result.error
    return str(result.error)


@pytest.mark.parametrize("link", ["tcp", "pty"])
@pytest.mark.parametrize("chip", ["esp32", "esp32c3", "esp8266"])
def test_writes_and_verifies(chip, link, image):
    file = image(chip)
    with Simulated(chip, link) as simulated:
        (result,), said = run(board(chip), file, simulated.port)
        assert result.error is None
        assert simulated.flash.read(images.OFFSETS[chip], file.stat().st_size) == file.read_bytes()
    assert (result.written, result.skipped) == (file.stat().st_size, 0)
    assert said[-1][0] >= said[-1][1] - 0x10000, "the bar is at its end"


def test_writes_only_what_changed(image):
    with Simulated() as simulated:
        run(board("esp32"), image(seed=1), simulated.port)
        before = simulated.flash.bytes_programmed
        (again,), _ = run(board("esp32"), image(seed=1), simulated.port)
        assert simulated.flash.bytes_programmed == before
        assert again.written == 0
        (changed,), _ = run(board("esp32"), image(seed=2), simulated.port)
        assert simulated.flash.read(0x1000, 0xF000) == images.firmware(seed=2)[:0xF000]
    assert changed.skipped >= 0xF000, "boot loader and partitions were there"


def test_keeps_the_rest_of_the_flash_unless_told_to_erase(image):
    with Simulated() as simulated:
        simulated.flash.program(0x200000, b"files of the user")
        run(board("esp32"), image(), simulated.port)
        assert simulated.flash.read(0x200000, 5) == b"files"
        run(board("esp32"), image(), simulated.port, erase=True)
        assert simulated.flash.read(0x200000, 5) == b"\xff" * 5
        assert simulated.flash.read(0x1000, 0x100) == images.firmware()[:0x100]


def test_refuses_the_wrong_chip_before_it_writes(image):
    with Simulated("esp32c3") as simulated:
        message = error(board("esp32"), image("esp32"), simulated.port)
        assert simulated.flash.bytes_programmed == 0
    assert "is an ESP32-C3 and board 'esp32' has an ESP32" in message
    assert "nothing was written" in message


def test_refuses_an_image_for_another_chip(image):
    assert "is firmware for esp32c3, board 'esp32' has esp32" in error(board("esp32"), image("esp32c3"), "socket://x:1")


def test_refuses_a_damaged_image(image):
    file = image()
    data = bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    assert "is damaged" in error(board("esp32"), file, "socket://x:1")


@pytest.mark.parametrize("content", [b"UF2\nWQ]\x9e", b"hello", b""])
def test_refuses_what_is_no_image(content, tmp_path):
    (tmp_path / "x").write_bytes(content)
    message = error(board("esp32"), tmp_path / "x", "socket://x:1")
    assert "takes a .bin" in message or "no firmware" in message


@pytest.mark.parametrize("link", ["tcp", "pty"])
def test_falls_back_to_a_slower_speed(link, image):
    with Simulated(link=link, max_baud=115200) as simulated:
        (result,), said = run(board("esp32"), image(), simulated.port)
        assert result.error is None
        assert simulated.flash.read(0x1000, 0x1000) == images.firmware()[:0x1000]
    assert result.note == "115200 baud"
    assert any("failed at 460800 baud" in text for _, _, text in said)


def test_a_cable_pulled_in_the_middle_says_how_to_recover(image):
    with Simulated("esp32", "pty", cut_after=100_000) as simulated:
        message = error(board("esp32"), image(), simulated.port)
    assert "broke while 0x" in message
    assert "run the same command" in message


def test_what_was_written_before_a_cut_is_not_written_again(image):
    with Simulated(cut_after=120_000) as broken:
        assert error(board("esp32"), image(), broken.port)
    with Simulated() as mended:
        mended.flash.memory[:] = broken.flash.memory
        (result,), _ = run(board("esp32"), image(), mended.port)
        assert result.error is None
    assert result.skipped > 0


def test_a_worn_out_cell_is_found_by_the_check_after_writing(image):
    with Simulated(stuck=range(STUCK_ADDRESS, STUCK_ADDRESS + 8)) as simulated:
        message = error(board("esp32"), image(), simulated.port)
    assert "does not hold what was written" in message


def test_a_silent_board_is_told_how_to_be_woken(image):
    with Simulated(dead=True) as simulated:
        message = error(board("esp32"), image(), simulated.port)
    assert "hold BOOT" in message


def test_a_port_that_is_not_there(image):
    assert "no port '/dev/ttyUSB99'" in error(board("esp32"), image(), "/dev/ttyUSB99")


def test_a_port_in_use_names_who_has_it(image):
    with Simulated(link="pty") as simulated, open(simulated.port) as port:
        with subprocess.Popen(["sleep", "60"], stdin=port) as holder:
            message = error(board("esp32"), image(), simulated.port)
            holder.kill()
        assert simulated.flash.bytes_programmed == 0
    assert f"is in use by sleep (process {holder.pid}), close it" in message


def test_an_image_too_big_for_the_flash(image):
    with Simulated(flash_size=256 << 10) as simulated:
        message = error(board("esp32"), image(app_size=300_000), simulated.port)
        assert simulated.flash.bytes_programmed == 0
    assert "does not fit the 262144 bytes of flash" in message


def test_four_boards_at_once(image):
    boards = [Simulated() for _ in range(3)] + [Simulated("esp32c3")]
    file = image()
    with boards[0], boards[1], boards[2], boards[3]:
        results, _ = run(board("esp32"), file, *(simulated.port for simulated in boards))
        for simulated in boards[:3]:
            assert simulated.flash.read(0x1000, file.stat().st_size) == file.read_bytes()
    assert [result.error is None for result in results] == [True, True, True, False]
    with pytest.raises(UserError, match="1 of 4 boards were not flashed"):
        flash.raise_failures(results)
