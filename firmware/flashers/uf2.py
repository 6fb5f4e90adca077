"""Flash a board whose boot loader shows up as a USB drive: check the UF2 file, copy it, wait for the board to return.

A drive with INFO_UF2.TXT is such a boot loader's. A board that runs MicroPython is asked over its console to start it.
The format: https://github.com/microsoft/uf2, blocks of 512 bytes, each with its number and the family of the chip.
"""

import os
import re
import string
import struct
import subprocess
import sys
import time
from pathlib import Path

from firmware import devices, posix
from firmware.errors import UserError
from firmware.flashers import Outcome

INFO_FILE = "INFO_UF2.TXT"

_BLOCK = 512
_HEAD = struct.Struct("<8I")  # magics, flags, address, size, number, count, family
_MAGICS = 0x0A324655, 0x9E5D5157
_END_MAGIC = 0x0AB16F30
_FAMILY_PRESENT = 0x2000
#: chip -> families that its boot loader takes, and its Board-ID in INFO_UF2.TXT
_CHIPS = {
    "rp2040": ({0xE48BFF56}, "RPI-RP2"),
    "rp2350": ({0xE48BFF57, 0xE48BFF59, 0xE48BFF5A}, "RP2350"),
}
_CHUNK = 64 * _BLOCK
_WAIT_S = 60  # for a person to fetch the cable and find the button
_RETURN_S = 15
_POLL_S = 0.2


def commands(job):
    """What would run for the board's own console, and the copy."""
    found = [port.device for port in devices.for_board(job.board)]
    ask = [["mpremote", "connect", job.port or found[0], "bootloader"]] if job.port or found else []
    return ask + [["cp", str(job.image), f"<the drive with {INFO_FILE}>"]]


def flash(job, report):
    """Copy the image onto the boot loader's drive and see that the board comes back.

    :raises UserError: when the file is for another chip, no drive appears, or the copy breaks off.
    """
    if job.erase:
        raise UserError(
            "a UF2 drive cannot erase by itself, copy the chip's flash_nuke.uf2 first and leave --erase out"
        )
    image = job.image.read_bytes()
    check(image, job.image, job.board)
    volume = _volume(job, lambda text: report(0, len(image), text))
    _check_volume(volume, job)
    _copy(image, volume / job.image.name, report)
    note = _wait_for_return(job, volume, lambda text: report(len(image), len(image), text))
    return Outcome(len(image), 0, note)


def check(image, path, board):
    """See that `image` is a whole UF2 file for the board's chip, as a boot loader skips what is not in silence.

    :raises UserError: naming the block that is wrong.
    """
    families, _ = _CHIPS[board.chip]
    if not image or len(image) % _BLOCK:
        raise UserError(f"{str(path)!r} is no whole UF2 file, its {len(image)} bytes are not blocks of {_BLOCK}")
    for start in range(0, len(image), _BLOCK):
        magic1, magic2, flags, _, size, number, count, family = _HEAD.unpack_from(image, start)
        end = struct.unpack_from("<I", image, start + _BLOCK - 4)[0]
        if (magic1, magic2) != _MAGICS or end != _END_MAGIC or size > _BLOCK - 36 or number >= count:
            raise UserError(f"{str(path)!r} is no UF2 file, or is damaged at block {start // _BLOCK}")
        if flags & _FAMILY_PRESENT and family not in families:
            raise UserError(
                f"{str(path)!r} is firmware for another chip ({family:#x}) than {board.name!r}'s {board.chip}"
            )


def volumes():
    """The folders where boot loaders' drives are mounted; MICRODOT_VOLUMES names their parent instead."""
    parents = [Path(os.environ["MICRODOT_VOLUMES"])] if "MICRODOT_VOLUMES" in os.environ else _mount_parents()
    candidates = [folder for parent in parents for folder in _folders(parent)]
    if posix.WINDOWS:
        candidates += [Path(f"{letter}:/") for letter in string.ascii_uppercase]
    return [folder for folder in candidates if (folder / INFO_FILE).is_file()]


def _mount_parents():
    if sys.platform == "darwin":
        return [Path("/Volumes")]
    user = os.environ.get("USER", "")
    return [Path("/media"), Path("/media", user), Path("/run/media", user), Path("/mnt")]


def _folders(parent):
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError:
        return []


def _volume(job, say):
    """The folder of the boot loader's drive, after waiting for it."""
    if job.port and Path(job.port).is_dir():
        return Path(job.port)
    if not volumes():
        _ask_for_bootloader(job, say)
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        found = [folder for folder in volumes() if _board_id(folder) == _CHIPS[job.board.chip][1]] or volumes()
        if len(found) > 1:
            raise UserError("several UF2 drives are here, say which with --port", detail="\n".join(map(str, found)))
        if found:
            return found[0]
        say("waiting: hold BOOTSEL while plugging the board in")
        time.sleep(_POLL_S)
    raise UserError(
        f"no UF2 drive appeared within {_WAIT_S} s: unplug the board, hold BOOTSEL while you plug it in, and "
        f"run this again; where drives are not mounted by themselves, mount it and name it with --port"
    )


def _ask_for_bootloader(job, say):
    """Have the MicroPython on the board start its boot loader, where there is one to ask."""
    found = devices.for_board(job.board)
    port = job.port or (devices.choose(found, f"board {job.board.name!r}").device if found else "")
    if not port:
        return
    say("asking the board to start its boot loader")
    # The answer never comes, as the port goes away with the board's USB, so mpremote's status says nothing.
    ask = [sys.executable, "-m", "mpremote", "connect", port, "bootloader"]
    subprocess.run(ask, check=False, capture_output=True, timeout=_WAIT_S)


def _board_id(volume):
    match = re.search(r"Board-ID:\s*(\S+)", (volume / INFO_FILE).read_text(errors="replace"))
    return match[1] if match else ""


def _check_volume(volume, job):
    if not (volume / INFO_FILE).is_file():
        raise UserError(f"{str(volume)!r} is no UF2 drive, it has no {INFO_FILE}; choose another --port")
    found, wanted = _board_id(volume), _CHIPS[job.board.chip][1]
    if found != wanted:
        raise UserError(
            f"the drive {str(volume)!r} is of a {found!r} and board {job.board.name!r} is a {wanted!r}; nothing "
            f"was written: choose the board that fits (`microdot boards`)"
        )


def _copy(image, target, report):
    """Write `image` block by block; the board restarts at the last one, often before the file can be closed."""
    done = 0
    try:
        with open(target, "wb", buffering=0) as file:
            while done < len(image):
                done += file.write(image[done : done + _CHUNK])
                os.fsync(file.fileno())
                report(done, len(image), "writing")
    except PermissionError as error:
        raise UserError(
            f"no permission to write to the drive {str(target.parent)!r}, nothing was written: mount it for your own user, as "
            f"`udisksctl mount` does, and run this again"
        ) from error
    except OSError as error:
        if done < len(image):
            raise UserError(
                f"the drive {str(target.parent)!r} went away after {done} of {len(image)} bytes ({error.strerror}), so the "
                f"board does not start now: plug it in with BOOTSEL held and run the same command again"
            ) from error


def _wait_for_return(job, volume, say):
    """Wait until the drive is gone and the board's own USB id is back; return what was seen."""
    say("waiting for the board to start")
    if not _until(lambda: not (volume / INFO_FILE).exists()):
        raise UserError(
            f"the board did not take the image, its drive {str(volume)!r} is still there after {_RETURN_S} s: "
            f"run the same command again"
        )
    if _until(lambda: devices.for_board(job.board)):
        return "the board is back at " + devices.for_board(job.board)[0].device
    return "the board restarted, its console has not shown up"


def _until(condition):
    deadline = time.monotonic() + _RETURN_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(_POLL_S)
    return False
