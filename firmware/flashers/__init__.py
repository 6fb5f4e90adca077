"""Ways to bring an image onto a board, one module each, with the same two functions.

commands(job)      what would run, for --dry-run
flash(job, report) do it; `report(done, total, text)` is told how far it is, in bytes
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from firmware.errors import UserError

METHODS = {"esptool": "firmware.flashers.esp", "uf2": "firmware.flashers.uf2"}


@dataclass(frozen=True)
class Job:
    """One image for one board.

    :param port: a serial port's name or URL; for UF2 also the volume's folder, or '' to wait for one.
    :param baud: the speed to begin with, 0 for the usual one.
    :param log: a file for the full output of programs, or None.
    """

    board: object
    image: Path
    port: str
    erase: bool = False
    baud: int = 0
    log: Path | None = None


class Outcome(NamedTuple):
    """What flashing did, in bytes of the image."""

    written: int
    skipped: int
    note: str = ""


def method(board):
    """The module that flashes `board`.

    :raises UserError: when it is not flashed at all.
    """
    name = board.flash.get("method", "")
    if name not in METHODS:
        raise UserError(f"board {board.name!r} is nothing to flash, start it with: microdot run {board.name}")
    return importlib.import_module(METHODS[name])
