"""Flash an Espressif chip with esptool, run as a program.

The image goes out in pieces of 64 KiB, each its own file for esptool: it compares a file's MD5 with the flash's before it
writes it and again afterwards, so that only pieces that changed are written, and all are verified.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from firmware import devices, shell
from firmware.errors import UserError
from firmware.flashers import Outcome, esp_fail, esp_image

PIECE = 0x10000
BAUDS = (460800, 115200)

_WRITING = re.compile(r"Writing at (0x[0-9a-f]+)")
_SKIPPING = re.compile(r"at (0x[0-9a-f]+) already in flash")


def commands(job):
    """The command that flashing begins with, the image in one piece."""
    return [_command(job, bauds(job)[0], [(offset(job.board), job.image)])]


def flash(job, report):
    """Write and verify the image; a link that fails at one speed is tried again at the next lower one.

    :raises UserError: saying what failed and how to recover.
    """
    obstacle = devices.obstacle(job.port)
    if obstacle:
        raise UserError(obstacle)
    image = job.image.read_bytes()
    esp_image.check(image, str(job.image), job.board, offset(job.board))
    broken = None
    with tempfile.TemporaryDirectory(prefix="flash-") as scratch:
        pieces = cut(image, offset(job.board), Path(scratch))
        for baud in bauds(job):
            progress = _Progress(pieces, report)
            failure = _attempt(job, baud, pieces, progress)
            if not failure:
                return Outcome(len(image) - progress.skipped, progress.skipped, f"{baud} baud")
            if not failure.is_link:
                break
            broken = broken or failure
            report(0, len(image), f"the link failed at {baud} baud")
            time.sleep(_SETTLE_S)
    # a port that vanished in the middle is news, that it is still gone at the next attempt is not
    failure = broken if broken and not progress.connected else failure
    raise UserError(failure.text, detail=failure.detail)


def _attempt(job, baud, pieces, progress):
    """Run esptool once; return what failed, or None."""
    command = _command(job, baud, sorted(pieces.items()))
    try:
        shell.run(command, step="flash", log=job.log, env=_ENV, progress=progress)
    except shell.CommandFailed as error:
        return esp_fail.explain(error.output, job, progress.started)
    return None


_SETTLE_S = 0.3  # a board whose port was just closed in the middle of a frame
_ENV = {"PYTHONUNBUFFERED": "1"}  # or its progress arrives in blocks of 8 KB


def bauds(job):
    """The speeds to try, fastest first."""
    first = job.baud or job.board.flash.get("baud", BAUDS[0])
    return [first] + [baud for baud in BAUDS if baud < first]


def offset(board):
    """Where in the flash the image begins."""
    value = board.flash.get("offset", 0)
    return int(value, 0) if isinstance(value, str) else value


def cut(image, start, folder):
    """Write the pieces of `image` into `folder`: {address: file}, cut at the flash's own 64 KiB blocks."""
    pieces = {}
    address, end = start, start + len(image)
    while address < end:
        stop = min((address // PIECE + 1) * PIECE, end)
        file = folder / f"{address:08x}.bin"
        file.write_bytes(image[address - start : stop - start])
        pieces[address] = file
        address = stop
    return pieces


def _command(job, baud, files):
    write = ["write-flash", "--erase-all"] if job.erase else ["write-flash", "--skip-flashed"]
    words = [word for address, file in files for word in (f"{address:#x}", str(file))]
    link = ["--chip", job.board.chip, "--port", job.port, "--baud", str(baud)]
    return [sys.executable, "-m", "esptool", *link, *write, *words]


class _Progress:
    """Follows esptool's lines and reports bytes of the image that are dealt with."""

    def __init__(self, pieces, report):
        self._sizes = {address: file.stat().st_size for address, file in pieces.items()}
        self._start = min(self._sizes)
        self._total = sum(self._sizes.values())
        self._report = report
        self.skipped = 0
        self.connected = False
        self.started = False  # whether anything was written, so that what was on the board before is gone

    def __call__(self, step, line):
        if match := _SKIPPING.search(line):
            address = int(match[1], 16)
            self.skipped += self._sizes[address]
            self._report(address + self._sizes[address] - self._start, self._total, "unchanged")
        elif match := _WRITING.search(line):
            self.started = True
            self._report(int(match[1], 16) - self._start, self._total, "writing")
        elif line.startswith("Connected to"):
            self.connected = True
            self._report(0, self._total, "connected")
