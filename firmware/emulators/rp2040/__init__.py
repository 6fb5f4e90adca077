"""A Raspberry Pi Pico in the npm package rp2040js, with the USB console as a socket.

The package is installed into the cache on first use, in the version and with the hash of package-lock.json. The chip's
mask ROM is not to be had; rom/ is a stand-in of our own, compiled for the cache as well. Limits of the emulation: one
core (`_thread` hangs), the ADC reads 0, flash is as fast as RAM.
"""

import hashlib
import shutil
from pathlib import Path

from firmware import shell
from firmware.emulators import node, program, start
from firmware.errors import UserError
from firmware.paths import cache_dir
from firmware.sources import assembled, locked

_HERE = Path(__file__).parent
_ROM_FLAGS = (
    *("-mcpu=cortex-m0plus", "-mthumb", "-Os", "-ffixed-r12", "-ffreestanding", "-nostdlib"),
    "-fno-tree-loop-distribute-patterns",  # or memory_set becomes a call of memset
    "-Wl,--gc-sections",
)


def boot(board, artifact, *, flash=None, uart=None):
    """Boot the binary image of `artifact`; see firmware.emulate.boot.

    :param uart: a connected socket for UART 1.
    """
    nodejs, modules, rom = node.path(), packages(), _rom()
    image = artifact.image.with_suffix(".bin")

    def command(listener, folder):
        return (
            *(nodejs, _HERE / "main.mjs", "--rom", rom, "--image", image),
            *("--console-fd", listener.fileno(), "--transcript", folder / "console"),
            *(("--uart-fd", uart.fileno()) if uart else ()),
            *(("--flash", flash) if flash else ()),
        )

    fds = (uart.fileno(),) if uart else ()
    return start(command, board, env={"RP2040JS": str(modules)}, fds=fds, ready="console ready")


def packages():
    """The folder in the cache that has rp2040js in its node_modules, installed when it is not there yet."""
    lock = _HERE / "package-lock.json"
    place = cache_dir() / "rp2040js" / _digest(lock)
    with locked(place):
        if not place.is_dir():
            npm = program("npm", "npm")
            with assembled(place) as work:
                for file in (lock, _HERE / "package.json"):
                    shutil.copy(file, work)
                options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
                shell.run([npm, "ci", *options], step="install rp2040js", cwd=work)
    if not (place / "node_modules" / "rp2040js" / "dist" / "cjs" / "index.js").is_file():
        raise UserError(f"{place} is damaged, remove it and run the same command again, which fetches it anew")
    return place


def _rom():
    """The stand-in for the mask ROM, compiled when its source has changed."""
    sources = sorted((_HERE / "rom").iterdir())
    place = cache_dir() / "rp2040-rom" / _digest(*sources)
    with locked(place):
        if not place.is_dir():
            with assembled(place) as work:
                _compile_rom(work)
    return place / "rom.bin"


def _compile_rom(work):
    gcc = program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    source = _HERE / "rom"
    files = ("-T", source / "rom.ld", source / "tables.S", source / "rom.c", "-lgcc")
    shell.run([gcc, *_ROM_FLAGS, *files, "-o", work / "rom.elf"], step="compile the boot ROM")
    shell.run(
        ["arm-none-eabi-objcopy", "-O", "binary", work / "rom.elf", work / "rom.bin"], step="compile the boot ROM"
    )


def _digest(*files):
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content + repr(_ROM_FLAGS).encode()).hexdigest()[:16]
