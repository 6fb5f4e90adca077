"""The SPI flash chip behind an ESP: erased to ones by sectors, programmed by clearing bits."""

from hashlib import md5

SECTOR = 4096
ID_CAPACITY_BITS = 16  # where the JEDEC answer holds log2 of the size

READ_ID, READ_SFDP = 0x9F, 0x5A
JEDEC_WINBOND = 0x40EF
SFDP_SIGNATURE = int.from_bytes(b"SFDP", "little")


class SpiFlash:
    """`size` bytes of flash, a power of two. `stuck` are addresses whose lowest bit never clears."""

    def __init__(self, size=4 << 20, stuck=()):
        self.size = size
        self.stuck = frozenset(stuck)
        self.memory = bytearray(b"\xff" * size)
        self.bytes_programmed = 0

    def command(self, opcode):
        """Answer one SPI command of those esptool sends, as the controller's data register shows it."""
        if opcode == READ_ID:
            return (self.size.bit_length() - 1) << ID_CAPACITY_BITS | JEDEC_WINBOND
        return SFDP_SIGNATURE if opcode == READ_SFDP else 0

    def erase(self, address, length):
        """Erase each sector that the range touches."""
        start = address // SECTOR * SECTOR
        end = min(-(-(address + length) // SECTOR) * SECTOR, self.size)
        self.memory[start:end] = b"\xff" * (end - start)

    def program(self, address, data):
        """Clear bits as a NOR flash does: writing over what was not erased leaves garbage, as there."""
        old = self.memory[address : address + len(data)]
        both = int.from_bytes(old, "little") & int.from_bytes(data, "little")
        self.memory[address : address + len(data)] = both.to_bytes(len(old), "little")
        for bad in self.stuck:
            if address <= bad < address + len(data):
                self.memory[bad] |= 1
        self.bytes_programmed += len(data)

    def read(self, address, length):
        return bytes(self.memory[address : address + length])

    def digest(self, address, length):
        return md5(self.read(address, length))


class Download:
    """One stream of data into flash, erasing each sector when the stream first reaches it."""

    def __init__(self, flash, address):
        self._flash = flash
        self._next = address
        self._erased_to = address

    def write(self, data):
        end = self._next + len(data)
        if end > self._erased_to:
            self._flash.erase(self._erased_to, end - self._erased_to)
            self._erased_to = -(-end // SECTOR) * SECTOR
        self._flash.program(self._next, data)
        self._next = end
