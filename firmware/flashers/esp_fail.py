"""What esptool's last words mean, and what a person does next."""

import re
from typing import NamedTuple

#: how a board that answers nothing is brought into its ROM loader by hand
_BY_HAND = "hold BOOT (GPIO0), press and release RESET (EN), let go of BOOT, and run the same command again"


class Failure(NamedTuple):
    """A line for the user, more lines for below it, and whether a slower link may help."""

    text: str
    detail: str = ""
    is_link: bool = False


def explain(output, job, started):
    """The `Failure` that esptool's `output` tells of.

    :param started: whether something had been written, so that the board cannot start until it is flashed.
    """
    facts = {"port": job.port, "board": job.board.name, "chip": job.board.chip, "image": job.image}
    for pattern, text in _FLASH if started else _FLASH + _CONNECTION:
        if match := re.search(pattern, output):
            return Failure(text.format(*match.groups(), **facts))
    return Failure(_broken_link(output, job.port, started), _last_words(output), is_link=True)


_FLASH = (
    (
        r"This chip is (\S+), not (\S+)\.",
        "the chip on {port} is an {0} and board {board!r} has an {1}; nothing was written, choose the board that fits",
    ),
    (
        r"Unexpected chip ID in image|requires chip .*revision",
        "the image {image} is for another chip than the {chip} on {port}; nothing was written",
    ),
    (
        r"will not fit in (\d+) bytes of flash",
        "the image {image} does not fit the {0} bytes of flash on {port}, build a smaller one or use a bigger board",
    ),
    (
        r"MD5 of file does not match|Verification failed",
        "the flash on {port} does not hold what was written, run the same command again; if it fails again it is worn out",
    ),
)

_CONNECTION = (
    (
        r"Could not open (\S+), the port is busy",
        "cannot open {0!r}, check that the board has power and that no other program has the port open",
    ),
    (
        r"Failed to connect to .*No serial data received|no sync reply|Wrong boot mode detected",
        "the chip on {port} does not answer: " + _BY_HAND,
    ),
    (
        r"Failed to connect to ",
        "what is on {port} does not speak like an Espressif chip in its ROM loader: " + _BY_HAND,
    ),
)


def _broken_link(output, port, started):
    at = re.findall(r"Writing at (0x[0-9a-f]+)", output)
    if started and at:
        return (
            f"the link to {port} broke while {at[-1]} was written, so the board does not start now: plug it in again "
            f"and run the same command, only what is missing gets written"
        )
    return (
        f"the link to {port} broke before anything was written: check cable and power, and run the same command again"
    )


def _last_words(output):
    lines = [line.strip() for line in output.splitlines() if re.search(r"error|lost connection", line, re.IGNORECASE)]
    return "\n".join(lines[-2:])
