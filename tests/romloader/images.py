"""Firmware images for simulated boards, laid out as ESP-IDF lays them out: whole, with their digests."""

import hashlib
import random
import struct

CHIP_IDS = {"esp32": 0, "esp32c3": 5, "esp8266": 0}
OFFSETS = {"esp32": 0x1000, "esp32c3": 0, "esp8266": 0}
APP_ADDRESS = 0x10000


def firmware(chip="esp32", app_size=150_000, seed=1):
    """A file to be flashed from the boot loader's offset on: boot loader, gap, app; `seed` changes the app only."""
    boot = image(chip, b"boot loader" * 400)
    gap = b"\xff" * (APP_ADDRESS - OFFSETS[chip] - len(boot))
    return boot + gap + image(chip, random.Random(seed).randbytes(app_size // 2) + b"frozen code " * (app_size // 24))


def image(chip, content):
    """One image with `content` as its only segment."""
    data = content.ljust(-(-len(content) // 4) * 4, b"\x00")
    header = struct.pack("<BBBBI", 0xE9, 1, 2, 0x20, 0x4008_0000)
    body = header + _extended(chip) + struct.pack("<II", 0x3F40_0020, len(data)) + data
    checksum = 0xEF
    for byte in data:
        checksum ^= byte
    body = body.ljust(len(body) // 16 * 16 + 15, b"\x00") + bytes([checksum])
    return body + hashlib.sha256(body).digest()


def _extended(chip):
    fields = bytearray(16)
    struct.pack_into("<H", fields, 4, CHIP_IDS[chip])
    struct.pack_into("<H", fields, 9, 0xFFFF)  # any revision of the chip up to the highest
    fields[15] = 1  # a SHA-256 follows
    return bytes(fields)
