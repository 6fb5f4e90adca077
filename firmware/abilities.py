"""What this machine can do with each board: build it, flash it, emulate it, and why not."""

import functools

from firmware import builders, containers, emulate, sources, system, versions
from firmware.errors import UserError


def row(board):
    """The facts of `board` and what can be done with it here, as plain data."""
    return {
        "name": board.name,
        "product": board.product,
        "port": board.port,
        "chip": board.mcu,
        "features": list(board.features),
        "build": building(board),
        "flash": board.flash.get("method", ""),
        "emulate": emulating(board),
    }


def building(board):
    """How `board` can be built: "here", "install PACKAGES", "container" or "no" (`microdot doctor` says why)."""
    builder = builders.builder(board.port)
    lacking = system.missing(*builder.needs(board))
    obstacle = builders.obstacle(board, sources.planned_tree(versions.resolve()))
    if not obstacle:
        return _here(lacking)
    return "container" if _has_containers() else "no"


def emulating(board):
    """How `board` boots where no board is: "here", "for tests", "install PACKAGES", or '' for not at all."""
    if board.port == "unix":
        return "here"
    if not board.emulator:
        return ""
    lacking = system.missing(board.emulator, *builders.builder(board.port).needs(board))
    return "for tests" if board.emulator == emulate.TESTS_ONLY and not lacking else _here(lacking)


def _here(lacking):
    return f"install {' '.join(sorted(set(lacking.values())))}" if lacking else "here"


@functools.cache
def _has_containers():
    try:
        return bool(containers.engine())
    except UserError:
        return False


def show(rows):
    """Print `rows` as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    is_wide = console.width > 100
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, key in (("board", "name"), ("chip", "chip"), ("build", ""), ("flash", "flash"), ("emulate", "")):
        # in a narrow terminal lists of packages are cut, and never the names
        least = max((len(each[key]) for each in rows if key), default=None)
        table.add_column(title, no_wrap=True, min_width=least, max_width=30 if is_wide else 18)
    if is_wide:
        table.add_column("product and features", ratio=1)
    for each in rows:
        about = ": ".join(filter(None, [each["product"], ", ".join(each["features"])]))
        cells = (each["name"], each["chip"], each["build"], each["flash"] or "-", each["emulate"] or "-", about)
        table.add_row(*cells[: len(table.columns)])
    console.print(table)
