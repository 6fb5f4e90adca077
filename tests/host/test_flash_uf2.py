"""`microdot flash` for boards whose boot loader is a USB drive: a folder stands for the drive."""

import struct
import threading
import time
from pathlib import Path

import pytest

from firmware import devices, flash
from firmware.boards import Board
from firmware.errors import UserError
from firmware.flashers import uf2

RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59
BOARD = Board(
    name="pico_w",
    path=Path(),
    port="rp2",
    artifact="firmware.uf2",
    chip="rp2040",
    flash={"method": "uf2"},
    usb=("2e8a:0005",),
)


def uf2_file(blocks=40, family=RP2040):
    return b"".join(
        struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000 + 256 * number, 256, number, blocks, family)
        + bytes([number % 256]) * 476
        + struct.pack("<I", 0x0AB16F30)
        for number in range(blocks)
    )


class Drive:
    """A boot loader's drive that takes an image and vanishes, as the board restarts."""

    def __init__(self, folder, board_id="RPI-RP2"):
        self.folder = folder / "RPI-RP2"
        self.board_id = board_id
        self.taken = b""

    def appear(self):
        self.folder.mkdir()
        (self.folder / "INFO_UF2.TXT").write_text(
            f"UF2 Bootloader v3.0\nModel: Raspberry Pi\nBoard-ID: {self.board_id}\n"
        )

    def restart_after(self, size):
        image = next((file for file in self.folder.glob("*.uf2") if file.stat().st_size == size), None)
        while image is None:
            time.sleep(0.01)
            image = next((file for file in self.folder.glob("*.uf2") if file.stat().st_size == size), None)
        self.taken = image.read_bytes()
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()


@pytest.fixture
def drive(tmp_path, monkeypatch):
    (tmp_path / "media").mkdir()
    monkeypatch.setenv("MICRODOT_VOLUMES", str(tmp_path / "media"))
    monkeypatch.setattr(uf2, "_WAIT_S", 2)
    monkeypatch.setattr(uf2, "_RETURN_S", 1)
    monkeypatch.setattr(uf2, "_POLL_S", 0.02)
    return Drive(tmp_path / "media")


@pytest.fixture
def image(tmp_path):
    file = tmp_path / "firmware.uf2"
    file.write_bytes(uf2_file())
    return file


@pytest.fixture
def usb(monkeypatch):
    """What is plugged in, a list to be changed."""
    ports = []
    monkeypatch.setattr(devices, "attached", lambda: ports)
    return ports


def run(image, port="", **options):
    said = []
    job = flash.jobs(BOARD, image, (port,), **options)
    (result,) = flash.run(job, lambda job, done, total, text: said.append((done, total, text)))
    return result, said


def test_copies_the_image_and_waits_for_the_board(drive, image, usb):
    drive.appear()
    board = threading.Thread(target=drive.restart_after, args=(image.stat().st_size,))
    board.start()
    usb.append(devices.Port("/dev/ttyACM0", "2E8A:0005", "Pico"))
    result, said = run(image, str(drive.folder))
    board.join()
    assert result.error is None
    assert drive.taken == image.read_bytes()
    assert result.note == "the board is back at /dev/ttyACM0"
    assert (image.stat().st_size, image.stat().st_size, "writing") in said


def test_waits_until_the_drive_appears(drive, image, usb):
    def plug_in():
        time.sleep(0.3)
        drive.appear()
        drive.restart_after(image.stat().st_size)

    board = threading.Thread(target=plug_in)
    board.start()
    result, said = run(image)
    board.join()
    assert result.error is None
    assert any("hold BOOTSEL" in text for _, _, text in said)
    assert drive.taken == image.read_bytes()


def test_no_drive_says_what_to_do(drive, image, usb, monkeypatch):
    monkeypatch.setattr(uf2, "_WAIT_S", 0.1)
    assert "hold BOOTSEL" in str(run(image)[0].error)


def test_refuses_the_drive_of_another_chip(drive, image, usb):
    drive.board_id = "RP2350"
    drive.appear()
    message = str(run(image, str(drive.folder))[0].error)
    assert "is of a 'RP2350' and board 'pico_w' is a 'RPI-RP2'; nothing was written" in message
    assert not list(drive.folder.glob("*.uf2"))


def test_a_board_that_does_not_take_the_image(drive, image, usb):
    drive.appear()
    assert "did not take the image" in str(run(image, str(drive.folder))[0].error)


def test_a_full_drive_says_how_to_recover(drive, image, usb):
    drive.appear()
    (drive.folder / image.name).symlink_to("/dev/full")
    message = str(run(image, str(drive.folder))[0].error)
    assert "went away after 0 of" in message and "BOOTSEL" in message


@pytest.mark.parametrize(
    "data, reason",
    [
        (uf2_file(family=RP2350), "for another chip"),
        (uf2_file()[:-1], "not blocks of 512"),
        (b"", "not blocks of 512"),
        (b"\xe9" + bytes(511), "damaged at block 0"),
        (uf2_file(3)[:512] + bytes(512), "damaged at block 1"),
    ],
)
def test_refuses_what_is_no_image_for_the_chip(data, reason):
    with pytest.raises(UserError, match=reason):
        uf2.check(data, Path("x.uf2"), BOARD)


def test_a_drive_that_belongs_to_someone_else(drive, image, usb, monkeypatch):
    drive.appear()
    monkeypatch.setattr(uf2, "open", refuse, raising=False)  # root, who may run this, has permission everywhere
    message = str(run(image, str(drive.folder))[0].error)
    assert message.startswith(f"no permission to write to the drive {str(drive.folder)!r}, nothing was written")


def refuse(path, mode, **options):
    raise PermissionError(13, "Permission denied", str(path))


def test_erase_is_not_silently_left_out(image, drive, usb):
    drive.appear()
    assert "cannot erase" in str(run(image, str(drive.folder), erase=True)[0].error)


def test_a_dry_run_asks_the_running_board_for_its_boot_loader(image, usb):
    usb.append(devices.Port("/dev/ttyACM0", "2E8A:0005", "Pico"))
    (job,) = flash.jobs(BOARD, image, flash.ports(BOARD))
    assert uf2.commands(job)[0] == ["mpremote", "connect", "/dev/ttyACM0", "bootloader"]
