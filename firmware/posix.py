"""What Linux and macOS have and Windows has not, in one place: done another way there, or refused in one line.

Standard library only, as firmware.system.
"""

import os
import signal

from firmware.errors import UserError

WINDOWS = os.name == "nt"


def obstacle():
    """Why what needs Linux or macOS cannot be done here and what to do, '' where it can."""
    if not WINDOWS:
        return ""
    return "Windows alone cannot do it, run `wsl --install` once and use the toolkit inside that Linux"


def require(what):
    """Check that `what`, which Windows cannot do, can be done here.

    :raises UserError: saying what to do on Windows.
    """
    if obstacle():
        raise UserError(f"{what} needs Linux or macOS: {obstacle()}")


def is_root():
    """Whether this process may install packages and the like without being asked."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def interrupt(process):
    """End `process` as Ctrl-C does; Windows can do that to all programs of a terminal only, so it is terminated there."""
    if WINDOWS:
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
