"""Compile Python source to .mpy with mpy-cross, and say where its syntax is wrong in one line."""

import functools
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from firmware import sources, versions
from firmware.errors import UserError

#: architectures in the order in which a board's `sys.implementation._mpy >> 10` counts them, 0 for none
ARCHITECTURES = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin",
    "rv32imc", "rv64imc",
)  # fmt: skip

#: every version of MicroPython that the toolkit knows reads this major version of the format
FORMAT = 6

_PLACE = re.compile(r'File "(?P<file>[^"]*)", line (?P<line>\d+)')


class NativeCode(UserError):
    """The source has @native or @viper code, and no architecture was named to compile it for."""


@dataclass(frozen=True)
class Options:
    """How to compile.

    :param version: MicroPython's, '' for the default one.
    :param optimise: 0 to 3; from 1 on asserts go, at 3 line numbers too.
    :param march: architecture for @native and @viper code, one of `ARCHITECTURES`.
    """

    version: str = ""
    optimise: int = 0
    march: str = ""


@functools.lru_cache(maxsize=512)
def compile(source, name, options=Options()):
    """The .mpy of the Python text or bytes `source`; what was compiled before is not compiled again.

    :param name: the file name that tracebacks will show.
    :raises NativeCode: when it takes an architecture.
    :raises UserError: when the syntax is wrong, as `file:line: what is wrong`, or mpy-cross cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="mpy-") as scratch:
        source_file, out = Path(scratch, "module.py"), Path(scratch, "module.mpy")
        source_file.write_bytes(source if isinstance(source, bytes) else source.encode())
        program = sources.mpy_cross(versions.resolve(options.version))
        command = [program, "-s", name, f"-O{options.optimise}", "-o", out, source_file]
        if options.march:
            command[1:1] = [f"-march={options.march}"]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        if result.returncode:
            raise _error(result.stderr, name)
        return out.read_bytes()


def _error(output, name):
    place = _PLACE.search(output)
    lines = output.strip().splitlines() or ["mpy-cross failed"]
    where = f"{name}:{place['line']}" if place else name
    kind, _, text = lines[-1].partition(": ")
    if text == "invalid arch":
        return NativeCode(f"{where}: native code is for one architecture, name it (`microdot deploy --march ARCH`)")
    return UserError(f"{where}: {text or kind} ({kind}), correct that line")
