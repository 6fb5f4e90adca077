"""Boards at this machine's ports: found by their USB ids, and chosen by the user where several fit."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from firmware import boards
from firmware.errors import UserError


class Port(NamedTuple):
    """A serial port with something on USB behind it."""

    device: str
    usb: str  # "303A:1001", in capitals
    description: str

    def __str__(self):
        return f"{self.device} ({self.description}, {self.usb})"


def attached():
    """The USB serial ports of this machine, by name."""
    from serial.tools import list_ports

    found = (port for port in list_ports.comports() if port.vid is not None)
    return sorted(Port(port.device, f"{port.vid:04X}:{port.pid:04X}", port.description or "?") for port in found)


def for_board(board):
    """The ports whose USB id is one of the board's."""
    return _with_ids(board.usb)


def consoles(extra_boards=()):
    """The ports where some board that the toolkit knows may be."""
    return _with_ids({usb for board in boards.all_boards(extra_boards) for usb in board.usb})


def choose(found, what, ask=None):
    """The one port of `found` to use; where there are several the user is asked, and nothing is ever guessed.

    :param what: what is looked for, for the messages ("board 'esp32'").
    :param ask: called with the list, returns a port; None asks on the terminal where there is one.
    :raises UserError: when there is none, or several and nobody to ask.
    """
    if not found:
        raise UserError(f"no {what} found on USB, {_nothing_fits()}", detail="\n".join(map(str, attached())))
    if len(found) == 1:
        return found[0]
    if ask is None and not sys.stdin.isatty():
        raise UserError(
            f"{len(found)} ports fit {what}, say which with --port", detail="\n".join(str(port) for port in found)
        )
    return (ask or _ask)(found)


def console(port, extra_boards=()):
    """The device name or URL of the console to talk to: `port` if given, else the one board that is plugged in."""
    return port or choose(consoles(extra_boards), "board").device


def holders(port):
    """The programs that have `port` open, as "name (process 123)", where the system tells (Linux)."""
    found, device = set(), os.path.realpath(port)  # /dev/serial/by-id/ has links
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) == device:
                found.add(f"{(link.parents[1] / 'comm').read_text().strip()} (process {link.parts[2]})")
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return sorted(found)


def obstacle(port):
    """Why the serial device `port` cannot be opened and what to do, '' where nothing is known to be in the way."""
    if "://" in port or os.name != "posix":
        return ""
    if not Path(port).exists():
        return f"there is no port {port!r}, plug the board in or leave --port out to have it found"
    if not os.access(port, os.R_OK | os.W_OK):
        return f"no permission for {port!r}, {_permit(port)}"
    others = [each for each in holders(port) if f"(process {os.getpid()})" not in each]
    return f"port {port!r} is in use by {', '.join(others)}, close it and run this again" if others else ""


def _permit(port):
    """What gives the user the serial device `port`: its group, or where that has no access itself, a rule for udev."""
    import grp

    status = os.stat(port)
    group = grp.getgrgid(status.st_gid).gr_name
    if status.st_mode & 0o060 == 0o060 and group != "root":
        return f"run `sudo usermod -aG {group} $USER`, log out and in, and run this again"
    rule = 'SUBSYSTEM=="tty", SUBSYSTEMS=="usb", MODE="0666"'
    return (
        f"run `echo '{rule}' | sudo tee /etc/udev/rules.d/60-boards.rules`, plug the board in again, and run this again"
    )


def _with_ids(ids):
    wanted = {usb.upper() for usb in ids}
    return [port for port in attached() if port.usb in wanted]


def _nothing_fits():
    if attached():
        return "the ports below do not fit it; if one is the board, name it with --port"
    return "plug it in with a cable that carries data (many only charge), or name its port with --port"


def _ask(found):
    import click

    for number, port in enumerate(found, 1):
        click.echo(f"{number}: {port}", err=True)
    number = click.prompt("which one", type=click.IntRange(1, len(found)), err=True)
    return found[number - 1]
