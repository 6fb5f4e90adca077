"""The esp8266 port, with the compiler and SDK of esp-open-sdk."""

import shutil
import subprocess
from pathlib import Path

from firmware.builders import Step, make_variables

_COMPILER = "xtensa-lx106-elf-gcc"
_SDK = "https://github.com/pfalcon/esp-open-sdk"


def container(job):
    """The container image the port is usually built in, and commands that complete it."""
    return ("larsks/esp-open-sdk",)


def needs(board):
    """Groups of packages that the machine must have."""
    return ("base", "esp8266")


def obstacle(board):
    """Debian has the compiler, but the vendor's SDK is in no package registry."""
    how = f"build {_SDK} and put its bin/ on the PATH, or compile in a container with --container (needs docker or podman)"
    if not shutil.which(_COMPILER):
        return f"there is no {_COMPILER} here; {how}"
    root = subprocess.run([_COMPILER, "-print-sysroot"], capture_output=True, text=True).stdout.strip()
    if not (Path(root) / "usr" / "include" / "user_interface.h").is_file():
        return f"{_COMPILER} is here but without the vendor's SDK; {how}"
    return ""


def libraries(board, tree):
    """What the port takes from MicroPython's lib/."""
    return ("lib/axtls", "lib/berkeley-db-1.xx")


def steps(job):
    """One run of the port's make."""
    variables = make_variables(job, BOARD=job.board.name, BOARD_DIR=job.board.path)
    return [Step("compile", ("make", "-C", job.port_dir, f"-j{job.jobs}", *variables))]


def outputs(job):
    """One image for the start of the flash."""
    return {"image": job.out / "firmware.bin", "elf": job.out / "firmware.elf", "map": job.out / "firmware.map"}
