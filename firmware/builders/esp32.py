"""The esp32 port: Espressif's chips, with the ESP-IDF of the environment or of its container image."""

import os
import shutil

from firmware import versions
from firmware.builders import Step
from firmware.paths import PORTS

#: MicroPython version -> the ESP-IDF releases it builds with, the best first
IDF = {"1.25.0": ("5.4", "5.3", "5.2.2"), "1.26.1": ("5.4.2", "5.5", "5.3")}


_URL = "https://github.com/espressif/esp-idf"


def container(job):
    """The container image the port is usually built in, and commands that complete it."""
    return (f"espressif/idf:v{IDF[job.version][0]}",)


def needs(board):
    """Groups of packages that the machine must have; the IDF brings the rest."""
    return ("base", "esp32")


def obstacle(board):
    """The IDF is in no package registry: it must be there already."""
    path = os.environ.get("IDF_PATH")
    if path and shutil.which("idf.py"):
        return ""
    if path:
        return f"IDF_PATH is {path!r} but idf.py is not on the PATH, run: . {path}/export.sh"
    release = IDF[versions.MICROPYTHON][0]
    return (
        f"ESP-IDF is not here (IDF_PATH is not set), get it with: git clone --recursive -b v{release} {_URL} && "
        "esp-idf/install.sh && . esp-idf/export.sh, or compile in a container with --container (needs docker or podman)"
    )


def libraries(board, tree):
    """What the port takes from MicroPython's lib/."""
    return ("lib/berkeley-db-1.xx", "lib/tinyusb")


def steps(job):
    """Compile with idf.py, then join boot loader, partition table and app into one image."""
    definitions = {
        "MICROPY_BOARD": job.board.name,
        "MICROPY_BOARD_DIR": job.board.path,
        "MICROPY_FROZEN_MANIFEST": job.manifest,
        "MICROPY_LIB_DIR": job.mpy_lib,
        "USER_C_MODULES": PORTS / "linker" / "micropython.cmake",
        "MICRODOT_PORT_DIR": PORTS / "esp32",
        **job.board.make,
    }
    words = [word for name, value in definitions.items() for word in ("-D", f"{name}={value}")]
    parts = ("sdkconfig", "bootloader/bootloader.bin", "partition_table/partition-table.bin", "micropython.bin")
    join = (
        "python3",
        "makeimg.py",
        *(job.out / part for part in parts),
        job.out / "firmware.bin",
        job.out / "micropython.uf2",
    )
    return [
        Step("compile", ("idf.py", *words, "-B", job.out, "build"), job.port_dir, {"MICROPY_MPYCROSS": job.mpy_cross}),
        Step("join", join, job.port_dir),
    ]


def outputs(job):
    """One image from the boot loader's offset on, and the app alone for updates over the air."""
    files = {"image": "firmware.bin", "app": "micropython.bin", "elf": "micropython.elf", "map": "micropython.map"}
    return {kind: job.out / name for kind, name in files.items()}
