"""How each port of MicroPython is built: one module per port family, all with the same functions.

A builder module offers

    container(job)       -> the container image that the port is usually built in, then commands that complete it
    needs(board)         -> groups of firmware.system.NEEDS that the machine must have
    obstacle(board)      -> why this machine cannot build it even so, with what to do, or ''
    libraries(board, tree) -> folders of the tree's lib/ that must be filled ("lib/pico-sdk")
    steps(job)           -> list of Step, the exact commands, in order
    outputs(job)         -> {"image": Path, "elf": Path, "map": Path, ...}, what the steps leave behind

and is named in PORTS. Nothing else of the toolkit knows a port.
"""

import importlib
from dataclasses import dataclass, field
from pathlib import Path

from firmware import debian, posix
from firmware.paths import PORTS as PORT_FILES
from firmware.paths import cache_dir

#: MicroPython port -> the builder module that knows it
PORTS = {
    "unix": "firmware.builders.unix",
    "qemu": "firmware.builders.qemu",
    "rp2": "firmware.builders.rp2",
    "esp32": "firmware.builders.esp32",
    "esp8266": "firmware.builders.esp8266",
    "webassembly": "firmware.builders.webassembly",
}


@dataclass(frozen=True)
class Step:
    """One command of a build."""

    name: str
    cmd: tuple
    cwd: Path | None = None
    env: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """All that a builder needs to know to name its commands."""

    board: object
    version: str
    tree: Path  # MicroPython's source
    work: Path  # where all of this build's files are made
    mpy_cross: Path
    jobs: int = 2

    @property
    def out(self):
        """The port's own build folder, kept between builds."""
        return self.work / "out"

    @property
    def manifest(self):
        """The manifest to freeze."""
        return self.work / "manifest.py"

    @property
    def mpy_lib(self):
        """micropython-lib, or an empty stand-in where the tree has none."""
        lib = self.tree / "lib" / "micropython-lib"
        return lib if (lib / "README.md").is_file() else self.work / "micropython-lib"

    @property
    def log(self):
        """All that the commands have printed."""
        return self.work / "build.log"

    @property
    def port_dir(self):
        """The port's folder in the tree."""
        return self.tree / "ports" / self.board.port

    @property
    def prefix_map(self):
        """Compiler flags that keep this machine's paths out of what is built, so that builds are reproducible."""
        return " ".join(f"-ffile-prefix-map={path}={name}" for path, name in self._places)

    @property
    def assembler_prefix_map(self):
        """The same for assembler sources, to whose debug information GCC does not apply -ffile-prefix-map."""
        return " ".join(f"-Wa,--debug-prefix-map={path}={name}" for path, name in self._places)

    @property
    def _places(self):
        return ((self.tree, "micropython"), (self.out, "build"), (cache_dir() / "libraries", "libraries"), (PORT_FILES, "ports"))


def builder(port):
    """The builder module of `port`."""
    return importlib.import_module(PORTS[port])


def obstacle(board, tree):
    """Why `board` cannot be built here from `tree`, whatever packages are installed, with what to do; '' when it can."""
    port = builder(board.port)
    own = posix.obstacle() or port.obstacle(board)
    lacking = [path for path in port.libraries(board, tree) if not any((tree / path).glob("*"))]
    unheard = [path for path in lacking if not debian.has(path)] if (tree / "debian").is_dir() else []
    if not unheard or own:
        return own
    return (
        f"the source tree from Debian has no {', '.join(unheard)}; set MICROPYTHON_DIR to a git clone of MicroPython "
        f"with its submodules, or remove {tree} and build where GitHub is within reach"
    )


def make_variables(job, **more):
    """The words NAME=VALUE that every make-driven port understands, the board's own last."""
    variables = {
        "BUILD": job.out,
        "FROZEN_MANIFEST": job.manifest,
        "MICROPY_MPYCROSS": job.mpy_cross,
        "MICROPY_MPYCROSS_DEPENDENCY": "",
        "MPY_LIB_DIR": job.mpy_lib,
        "USER_C_MODULES": PORT_FILES,
        **more,
        **job.board.make,
    }
    return [f"{name}={value}" for name, value in variables.items()]
