"""Check a firmware image of an Espressif chip by the digests that are in it.

The file is what goes into the flash from the boot loader's offset on; the app's image begins at flash address 0x10000.
Layout of one image: header of 8 bytes, extended header of 16 (its last byte says that a SHA-256 is appended), segments
of address, length and data, then padding to 16 bytes that ends with the checksum, then the SHA-256 of all before it.
"""

import hashlib
import struct

from firmware.errors import UserError

MAGIC = 0xE9
APP_ADDRESS = 0x10000

_HEADERS = 24
_CHIP_ID = slice(12, 14)
_CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 12: "esp32c2", 13: "esp32c6", 16: "esp32h2",
          18: "esp32p4", 20: "esp32c61", 23: "esp32c5"}  # fmt: skip


def check(data, name, board, offset):
    """See that `data` is firmware for the chip of `board`, and whole as far as its own digests tell.

    :param offset: the flash address it goes to.
    :raises UserError: saying what is wrong with the file `name`.
    """
    if data[:4] == b"UF2\n":
        raise UserError(f"{name!r} is a UF2 file and board {board.name!r} takes a .bin, choose the other file")
    if data[:1] != bytes([MAGIC]):
        raise UserError(f"{name!r} is no firmware for an Espressif chip, it begins with {data[:4].hex()!r}")
    if board.chip == "esp8266":
        return  # its images have neither a chip's number nor a digest
    made_for = _CHIPS.get(int.from_bytes(data[_CHIP_ID], "little"))
    if made_for and made_for != board.chip:
        raise UserError(
            f"{name!r} is firmware for {made_for}, board {board.name!r} has {board.chip}; choose another file"
        )
    for start in (0, APP_ADDRESS - offset):
        if data[start : start + 1] == bytes([MAGIC]) and not _is_whole(data, start):
            raise UserError(f"{name!r} is damaged, its digest at {start:#x} does not match; fetch or build it again")


def _is_whole(data, start):
    """Whether the image at `start` has the SHA-256 that it says it has; True where it has none."""
    if not data[start + _HEADERS - 1]:
        return True
    end = start + _HEADERS
    for _ in range(data[start + 1]):
        if end + 8 > len(data):
            return False
        end += 8 + struct.unpack_from("<I", data, end + 4)[0]
    end = start + (end - start) // 16 * 16 + 16
    return hashlib.sha256(data[start:end]).digest() == data[end : end + 32]
