"""Write a ROMFS image into a board's ROMFS partition: only blocks that differ, and the one with its header last.

The partition is what `vfs.rom_ioctl(2, 0)` gives: on some ports a block device (ioctl 4 and 5 tell the number of blocks
and their size, 6 erases one), on others plain memory that `rom_ioctl` erases (3), writes (4) and completes (5).
Without its header an image is no image: a board whose power is cut in the middle starts without it, not with garbage.
"""

import base64
import hashlib

from firmware.errors import UserError

_BLOCK = 4096  # where the partition does not say
_CHUNK = 2048

_HELPERS = """
import binascii, vfs
from hashlib import sha256
_rom = vfs.rom_ioctl(2, 0)

def _digests(size, block):
    memory = memoryview(_rom)
    for start in range(0, size, block):
        print(binascii.hexlify(sha256(memory[start:start + block]).digest()).decode())

def _write(offset, text):
    data = binascii.a2b_base64(text)
    if hasattr(_rom, 'ioctl'):
        size = _rom.ioctl(5, 0)
        _rom.writeblocks(offset // size, data, offset % size)
    else:
        _check(vfs.rom_ioctl(4, 0, offset, data))

def _check(answer):
    if answer < 0:
        raise OSError(-answer)

def _unmount():
    try:
        vfs.umount('/rom')
    except OSError:
        pass
"""


_QUESTION = """
try:
    import vfs
    _rom = vfs.rom_ioctl(2, 0)
    print(len(memoryview(_rom)), _rom.ioctl(5, 0) if hasattr(_rom, 'ioctl') else 0)
except (ImportError, AttributeError, TypeError, OSError):
    print(0, 0)
"""


class Partition:
    """The ROMFS partition of the board at `repl`.

    :ivar size: in bytes, 0 where the board has none.
    :ivar block: bytes that are erased at once.
    """

    def __init__(self, repl):
        self._repl = repl
        self.size, block = map(int, repl.exec(_QUESTION).split())
        self._is_device = block > 0
        self.block = block or _BLOCK

    def differing(self, image):
        """The numbers of the blocks of `image` that are not in the partition yet.

        :raises UserError: when it does not fit.
        """
        if len(image) > self.size:
            raise UserError(
                f"the app takes {len(image) // 1024 + 1} KB and the board's ROMFS has {self.size // 1024} KB, "
                f"leave files out or freeze the app into the firmware"
            )
        self._repl.exec(_HELPERS)
        blocks = self._blocks(image)
        there = self._repl.exec(f"_digests({len(blocks) * self.block}, {self.block})").split()
        return [number for number, block in enumerate(blocks) if hashlib.sha256(block).hexdigest() != there[number]]

    def write(self, image, changed, report):
        """Write the blocks `changed` of `image`, as `differing` found them.

        :param report: called as report(done, total, text).
        """
        if not changed:
            return
        blocks = self._blocks(image)
        self._repl.exec("_unmount()")
        order = self._prepare(changed, len(blocks))
        for done, number in enumerate(order, 1):
            if self._is_device:
                self._repl.exec(f"_rom.ioctl(6, {number})")
            self._write_block(number, blocks[number])
            report(done * self.block, len(order) * self.block, "ROMFS")
        if not self._is_device:
            self._repl.exec("vfs.rom_ioctl(5, 0)")  # a port with nothing to complete says that it knows no such request

    def _prepare(self, changed, count):
        """Take the old header away; return the numbers of the blocks to write, in order."""
        if self._is_device:
            self._repl.exec("_rom.ioctl(6, 0)")
            return [*(number for number in changed if number), 0]
        self._repl.exec(f"_check(vfs.rom_ioctl(3, 0, {count * self.block}))")
        return [*range(1, count), 0]

    def _blocks(self, image):
        size = self.block
        return [image[start : start + size].ljust(size, b"\xff") for start in range(0, len(image), size)]

    def _write_block(self, number, block):
        """Write one block from its end to its start, so that the image's first bytes come after all others."""
        for start in reversed(range(0, self.block, _CHUNK)):
            text = base64.b64encode(block[start : start + _CHUNK])
            self._repl.exec(f"_write({number * self.block + start}, {text!r})")
