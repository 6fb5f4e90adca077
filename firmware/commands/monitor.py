"""`microdot monitor`: a board's console."""

from pathlib import Path

import click

from firmware import options


@click.command("monitor")
@click.argument("board", required=False, default="")
@click.option("--port", metavar="PORT", help="Serial port or URL; without it the one board that is plugged in.")
@click.option("--baud", type=int, default=115200, show_default=True, help="Speed of a serial port; USB has none.")
@click.option("--elf", type=click.Path(path_type=Path), help="Explain crash addresses by this ELF file.")
@click.option("--timestamps/--no-timestamps", default=True, help="Time in front of each line (on).")
@options.boards
def command(board, port, baud, elf, timestamps, extra_boards):
    """Show what a board prints, until Ctrl-C.

    A board that resets or is unplugged is waited for. With BOARD, whose firmware was built here, or with --elf, the
    addresses of a crash are followed by the functions and lines they stand for.
    """
    from firmware import devices, monitor
    from firmware.symbols import Symbols

    port = devices.console(port, extra_boards)
    elf = elf or _built(board)
    explain = Symbols(elf).explain if elf else None
    screen = monitor.Screen(_write, stamp=monitor.stamp if timestamps else None, explain=explain)
    screen.note(f"{port}, Ctrl-C ends this{f', crashes explained by {elf.name}' if elf else ''}")
    try:
        monitor.follow(port, baud, screen)
    except KeyboardInterrupt:
        screen.note("end")


def _built(board):
    """The ELF file of the board's last build here, None where there is none."""
    from firmware import build
    from firmware.paths import build_dir

    artifact = build.read(build_dir() / board) if board else None
    return (artifact.elf or artifact.image) if artifact else None  # QEMU boots the ELF file itself


def _write(text):
    click.echo(text, nl=False)
