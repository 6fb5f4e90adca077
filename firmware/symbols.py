"""Turn addresses of a crashed firmware into functions and source lines, by its ELF file and the chip's addr2line."""

import re
import shutil
import struct
import subprocess
from functools import cached_property
from pathlib import Path

from firmware.errors import UserError

_TOOLS = {  # e_machine -> programs that read such files, the usual one first
    40: ("arm-none-eabi-addr2line",),
    62: ("addr2line",),
    94: ("xtensa-esp-elf-addr2line", "xtensa-esp32-elf-addr2line", "xtensa-esp32s3-elf-addr2line",
         "xtensa-lx106-elf-addr2line"),
    243: ("riscv32-esp-elf-addr2line", "riscv64-unknown-elf-addr2line"),
}  # fmt: skip
_ANY = ("llvm-addr2line", "llvm-symbolizer")
_EXECUTABLE = 1
_LOAD = 1

#: lines in which the ports' crash handlers name code: backtraces, registers
_CRASH_LINE = re.compile(
    r"Backtrace|\b(PC|MEPC|EPC\d?|RA|LR|A0|epc\d|R15)\b\s*[:=]|abort\(\) was called|Fatal exception", re.IGNORECASE
)
_ADDRESS = re.compile(r"\b(?:0x)?([0-9a-fA-F]{8,16})\b")


class Symbols:
    """The symbols of the ELF file `path`.

    :raises UserError: when it is no ELF file.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._machine, self._code = _read(self.path)

    def explain(self, line):
        """What the addresses in `line` of a crash report stand for, a text each; none for any other line."""
        if not _CRASH_LINE.search(line):
            return []
        addresses = [int(match, 16) for match in _ADDRESS.findall(line)]
        code = [address for address in addresses if any(start <= address < end for start, end in self._code)]
        return self._look_up(list(dict.fromkeys(code)))

    @cached_property
    def tool(self):
        """The addr2line for this file's machine, or None where there is none here."""
        names = (*_TOOLS.get(self._machine, ()), *_ANY)
        return next((found for name in names if (found := shutil.which(name))), None)

    def _look_up(self, addresses):
        if not addresses:
            return []
        if not self.tool:
            return [f"{address:#x}: no addr2line for this chip is here" for address in addresses]
        command = [self.tool, "-pfiaC", "-e", self.path, *(f"{address:#x}" for address in addresses)]
        output = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        return output.strip().splitlines()


def _read(path):
    """The machine of an ELF file and the address ranges of its code."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}, name the .elf of what the board runs") from error
    if data[:4] != b"\x7fELF" or data[5] != 1:
        raise UserError(f"{str(path)!r} is no ELF file of a little-endian chip, name the .elf of what the board runs")
    wide = data[4] == 2
    machine = struct.unpack_from("<H", data, 18)[0]
    offset = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)[0]
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    segments = (_segment(data, offset + number * size, wide) for number in range(count))
    return machine, [
        (start, start + length) for kind, flags, start, length in segments if kind == _LOAD and flags & _EXECUTABLE
    ]


def _segment(data, position, wide):
    """Type, flags, address and size of one program header."""
    if wide:
        kind, flags, _, start, _, _, length = struct.unpack_from("<IIQQQQQ", data, position)
    else:
        kind, _, start, _, _, length, flags = struct.unpack_from("<7I", data, position)
    return kind, flags, start, length
