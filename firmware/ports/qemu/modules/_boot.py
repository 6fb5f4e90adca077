"""Mount a file system in RAM that the linker leaves alone; it outlives a soft reset, and the emulator may keep it in a file."""

import sys

import uctypes
import vfs
from micropython import const

_BLOCK = const(4096)
_BLOCKS = const(256)

# mps2-an385: the 16 MB PSRAM (Application Note 385, table 3-1); virt: above the 6 MB of the port's link script
_START = {"mps2-an385": 0x21000000, "virt": 0x81000000}


class RamDisk:
    """Block device with the extended interface of the `vfs` module."""

    def __init__(self, address):
        self.memory = memoryview(uctypes.bytearray_at(address, _BLOCK * _BLOCKS))

    def readblocks(self, block, buffer, offset=0):
        start = block * _BLOCK + offset
        buffer[:] = self.memory[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * _BLOCK + offset
        self.memory[start : start + len(buffer)] = buffer

    def ioctl(self, request, argument):
        if request == 4:
            return _BLOCKS
        if request == 5:
            return _BLOCK
        return 0  # sync and erase have nothing to do in RAM


def mount():
    machine = sys.implementation._machine.split()[0]
    disk = RamDisk(_START[machine])
    try:
        fs = vfs.VfsLfs2(disk)
    except OSError:
        vfs.VfsLfs2.mkfs(disk)
        fs = vfs.VfsLfs2(disk)
    vfs.mount(fs, "/")


mount()
sys.path.append("/lib")
