"""What sets one ESP chip apart for a host: registers with fixed answers, and its SPI controller's layout."""

from dataclasses import dataclass, field

MAC = bytes.fromhex("240ac4112233")


@dataclass(frozen=True)
class SpiLayout:
    """Addresses of the registers through which the host sends SPI commands by hand."""

    base: int
    usr2: int
    w0: int

    command = property(lambda self: self.base)


@dataclass(frozen=True)
class Chip:
    """`chip_id` is what the security information tells; chips older than that have None."""

    name: str
    spi: SpiLayout
    registers: dict = field(repr=False)
    chip_id: int | None = None
    has_md5: bool = True
    status_bytes: int = 4
    extended_begin: bool = False  # a fifth word in FLASH_BEGIN says whether the data is encrypted


_MAGIC = 0x4000_1000  # a word of mask ROM that differs between chips


def _esp32_registers(mac):
    # CRC byte, then the address; the eFuse block starts at 3FF5A000.
    return {
        _MAGIC: 0x00F0_1D83,
        0x3FF5_A004: int.from_bytes(mac[2:], "big"),
        0x3FF5_A008: int.from_bytes(mac[:2], "big"),
        0x3FF5_A00C: 1 << 9 | 1 << 13 | 1 << 15,  # package 1 (D0WD), rated frequency, revision bit 0
        0x3FF5_A014: 1 << 20 | 1 << 24,  # revision bit 1, minor revision 1
        0x3FF6_607C: 1 << 31,  # APB date: revision bit 2, so v3.1 in all
        0x3FF4_0014: 347,  # UART divider: 40 MHz crystal at 115200
    }


def _esp32c3_registers(mac):
    return {
        _MAGIC: 0x1B31_506F,
        0x6000_8844: int.from_bytes(mac[2:], "big"),
        0x6000_8848: int.from_bytes(mac[:2], "big"),
        0x6000_8850: 3 << 18,  # eFuse block 1, word 3: minor revision 3, package QFN32
    }


def _esp8266_registers(mac):
    return {
        _MAGIC: 0xFFF0_C101,
        0x3FF0_0050: mac[5] << 24,
        0x3FF0_0054: mac[3] << 8 | mac[4],
        0x3FF0_005C: int.from_bytes(mac[:3], "big"),
        0x6000_0014: 452,  # UART divider: 26 MHz crystal at 115200
    }


def make(name, mac=MAC):
    """Return the `Chip` called `name`, in esptool's spelling, with the MAC address `mac`."""
    if name == "esp32":
        return Chip(name, SpiLayout(0x3FF4_2000, 0x3FF4_2024, 0x3FF4_2080), _esp32_registers(mac))
    if name == "esp32c3":
        return Chip(
            name,
            SpiLayout(0x6000_2000, 0x6000_2020, 0x6000_2058),
            _esp32c3_registers(mac),
            chip_id=5,
            extended_begin=True,
        )
    if name == "esp8266":
        return Chip(
            name,
            SpiLayout(0x6000_0200, 0x6000_0224, 0x6000_0240),
            _esp8266_registers(mac),
            has_md5=False,
            status_bytes=2,
        )
    raise ValueError(f"no simulated chip '{name}'")


NAMES = "esp32", "esp32c3", "esp8266"
