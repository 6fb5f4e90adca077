"""The serial protocol of the ESP loaders, ROM and stub, with no input or output of its own.

Request  `00 op len16 checksum32 data`, answer `01 op len16 value32 payload status`, each one SLIP frame;
status is two bytes (ESP8266 ROM, stub) or four, the first nonzero for an error, the second the reason.
"""

import struct
import zlib
from enum import IntEnum
from hashlib import md5

from . import slip
from .spiflash import Download

ROM_BAUD = 115200
SPI_CMD_USR = 1 << 18
SYNC_ANSWERS = 8
BAD_MESSAGE, FAILED, BAD_CHECKSUM = b"\x01\x05", b"\x01\x06", b"\x01\x07"


class Op(IntEnum):
    FLASH_BEGIN, FLASH_DATA, FLASH_END = 0x02, 0x03, 0x04
    MEM_BEGIN, MEM_END, MEM_DATA = 0x05, 0x06, 0x07
    SYNC, WRITE_REG, READ_REG = 0x08, 0x09, 0x0A
    SPI_SET_PARAMS, SPI_ATTACH, READ_FLASH_SLOW, CHANGE_BAUD = 0x0B, 0x0D, 0x0E, 0x0F
    DEFL_BEGIN, DEFL_DATA, DEFL_END, FLASH_MD5 = 0x10, 0x11, 0x12, 0x13
    SECURITY_INFO = 0x14
    ERASE_FLASH, ERASE_REGION, READ_FLASH = 0xD0, 0xD1, 0xD2


class Refused(Exception):
    """The request cannot be done; carries the two status bytes."""


def checksum(data):
    value = 0xEF
    for byte in data:
        value ^= byte
    return value


class Loader:
    """A chip in download mode: `receive` takes what the host sent and returns what it hears back.

    Attributes: `baud`, the speed the host asked for; `is_stub`, whether the uploaded stub took over.
    """

    def __init__(self, chip, flash):
        self.chip = chip
        self.flash = flash
        self.reset()

    def reset(self):
        """Start again in the ROM, as after a reset with the boot pin held low."""
        self.baud = ROM_BAUD
        self.is_stub = False
        self._frames = slip.Decoder()
        self._registers = dict(self.chip.registers)
        self._download = self._inflate = None
        self._upload = None

    def receive(self, data):
        return b"".join(self._answer(frame) for frame in self._frames.feed(data))

    def _answer(self, frame):
        if self._upload and len(frame) == 4:
            return self._upload.acknowledge(*struct.unpack("<I", frame))
        if len(frame) < 8 or frame[0] != 0:
            return b""
        _, op, size, check = struct.unpack_from("<BBHI", frame)
        data = frame[8:]
        if len(data) != size:
            return self._reply(op, status=BAD_MESSAGE)
        try:
            return self._dispatch(op, data, check)
        except (Refused, struct.error) as problem:
            return self._reply(op, status=problem.args[0] if isinstance(problem, Refused) else BAD_MESSAGE)

    def _dispatch(self, op, data, check):
        handler = _HANDLERS.get(op)
        if not handler or (op >= Op.ERASE_FLASH and not self.is_stub):
            raise Refused(BAD_MESSAGE)
        if op in (Op.MEM_DATA, Op.FLASH_DATA, Op.DEFL_DATA) and checksum(data[16:]) != check & 0xFF:
            raise Refused(BAD_CHECKSUM)
        return handler(self, op, data)

    def _reply(self, op, value=0, payload=b"", status=b"\x00\x00"):
        if not self.is_stub:
            status = status.ljust(self.chip.status_bytes, b"\x00")
        body = payload + status
        return slip.encode(struct.pack("<BBHI", 1, op, len(body), value) + body)

    def _acknowledge(self, op, data):
        return self._reply(op)

    def _sync(self, op, data):
        # A zero value would say that the stub is running already.
        return self._reply(op, value=0 if self.is_stub else 0x2012_0707) * SYNC_ANSWERS

    def _security_info(self, op, data):
        if self.chip.chip_id is None:
            raise Refused(BAD_MESSAGE)
        return self._reply(op, payload=struct.pack("<IB7BII", 0, 0, *bytes(7), self.chip.chip_id, 1))

    # --- registers

    def _read_register(self, op, data):
        return self._reply(op, value=self._registers.get(struct.unpack("<I", data)[0], 0))

    def _write_register(self, op, data):
        for address, value, mask, _delay in struct.iter_unpack("<IIII", data):
            old = self._registers.get(address, 0)
            self._registers[address] = (old & ~mask | value & mask) & 0xFFFF_FFFF
            if address == self.chip.spi.command and value & SPI_CMD_USR:
                self._run_spi_command()
        return self._reply(op)

    def _run_spi_command(self):
        spi = self.chip.spi
        self._registers[spi.w0] = self.flash.command(self._registers.get(spi.usr2, 0) & 0xFF)
        self._registers[spi.command] = 0  # the bit clears when the command is done

    # --- the stub, uploaded to memory and started

    def _memory_end(self, op, data):
        _stay, entry = struct.unpack("<II", data)
        reply = self._reply(op)
        if entry:
            self.is_stub = True
            reply += slip.encode(b"OHAI")
        return reply

    def _change_baud(self, op, data):
        reply = self._reply(op)
        self.baud = struct.unpack_from("<I", data)[0]
        return reply

    # --- writing flash

    def _begin(self, op, data):
        size, _blocks, _block_size, offset = struct.unpack_from("<IIII", data)
        if len(data) != (20 if self.is_stub or self.chip.extended_begin else 16):
            raise Refused(BAD_MESSAGE)
        if offset + size > self.flash.size:
            raise Refused(FAILED)
        self._download = Download(self.flash, offset)
        self._inflate = zlib.decompressobj() if op == Op.DEFL_BEGIN else None
        return self._reply(op)

    def _data(self, op, data):
        if not self._download or bool(self._inflate) != (op == Op.DEFL_DATA):
            raise Refused(FAILED)
        data = data[16:]
        try:
            self._download.write(self._inflate.decompress(data) if self._inflate else data)
        except zlib.error:
            raise Refused(FAILED) from None
        return self._reply(op)

    def _end(self, op, data):
        reply = self._reply(op)
        stay_in_loader = struct.unpack("<I", data)[0]
        if not stay_in_loader:
            self.reset()
        return reply

    def _erase_flash(self, op, data):
        self.flash.erase(0, self.flash.size)
        return self._reply(op)

    def _erase_region(self, op, data):
        self.flash.erase(*struct.unpack("<II", data))
        return self._reply(op)

    # --- reading flash

    def _md5(self, op, data):
        address, size = struct.unpack_from("<II", data)
        digest = self.flash.digest(address, size)
        if self.is_stub:
            return self._reply(op, payload=digest.digest())
        if not self.chip.has_md5:
            raise Refused(BAD_MESSAGE)
        return self._reply(op, payload=digest.hexdigest().encode())

    def _read_slow(self, op, data):
        address, size = struct.unpack("<II", data)
        return self._reply(op, payload=self.flash.read(address, size).ljust(64, b"\x00"))

    def _read(self, op, data):
        address, size, block, in_flight = struct.unpack("<IIII", data)
        self._upload = Upload(self.flash.read(address, size), block, in_flight)
        return self._reply(op) + self._upload.acknowledge(0)


class Upload:
    """Flash contents on their way to the host: as many frames ahead of it as it allows, then the MD5."""

    def __init__(self, data, block, in_flight):
        self._data = data
        self._block = block
        self._window = block * in_flight
        self._sent = 0
        self._done = False

    def acknowledge(self, received):
        """The host holds `received` bytes by now; return the frames that may follow."""
        frames = []
        while self._sent < len(self._data) and self._sent - received < self._window:
            frames.append(self._data[self._sent : self._sent + self._block])
            self._sent += len(frames[-1])
        if received == len(self._data) and not self._done:
            self._done = True
            frames.append(md5(self._data).digest())
        return b"".join(map(slip.encode, frames))


#: request -> the method that answers it
_HANDLERS = {
    Op.SYNC: Loader._sync,
    Op.SECURITY_INFO: Loader._security_info,
    Op.READ_REG: Loader._read_register,
    Op.WRITE_REG: Loader._write_register,
    Op.SPI_ATTACH: Loader._acknowledge,
    Op.SPI_SET_PARAMS: Loader._acknowledge,
    Op.CHANGE_BAUD: Loader._change_baud,
    Op.MEM_BEGIN: Loader._acknowledge,
    Op.MEM_DATA: Loader._acknowledge,
    Op.MEM_END: Loader._memory_end,
    Op.FLASH_BEGIN: Loader._begin,
    Op.FLASH_DATA: Loader._data,
    Op.FLASH_END: Loader._end,
    Op.DEFL_BEGIN: Loader._begin,
    Op.DEFL_DATA: Loader._data,
    Op.DEFL_END: Loader._end,
    Op.FLASH_MD5: Loader._md5,
    Op.READ_FLASH_SLOW: Loader._read_slow,
    Op.READ_FLASH: Loader._read,
    Op.ERASE_FLASH: Loader._erase_flash,
    Op.ERASE_REGION: Loader._erase_region,
}
