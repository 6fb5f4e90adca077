"""`microdot size`: where flash and RAM go."""

import json
from pathlib import Path

import click

from firmware import options


@click.command("size")
@click.argument("board", default="unix")
@click.option("--diff", "old", metavar="OLD", help="Compare with OLD: an artifact's folder, or a file saved by --json.")
@click.option("--svg", metavar="FILE", help="Draw a treemap into FILE.")
@options.app
@options.micropython
@options.boards
@options.as_json
def command(board, old, svg, app, version, extra_boards, as_json):
    """Show what the image of BOARD spends flash and RAM on, by component and by frozen module, against its limits.

    The image is built first if it is not there, or if --app or --micropython ask for one.
    """
    from firmware import boards, size

    earlier = size.load(old) if old else None
    limits = boards.load(board, extra_boards).limits
    report = size.measure(_artifact(board, app, version, extra_boards), limits)
    if svg:
        _draw(report, Path(svg))
    shown = size.difference(report, earlier) if earlier else report
    if as_json:
        click.echo(json.dumps(shown, indent=4))
    else:
        _show(shown, signed=bool(old))


def _artifact(board, app, version, extra_boards):
    from firmware import build, console
    from firmware.paths import build_dir

    there = None if app or version else build.read(build_dir() / board)
    if there:
        return there
    with console.progress() as progress:
        return build.build(board, app=app, version=version, extra_boards=extra_boards, progress=progress)


def _draw(report, path):
    from firmware import size, treemap

    groups = {name: {name: part["flash"]} for name, part in report["components"].items()}
    if report["modules"]:
        del groups["frozen code"]
        groups.update(size.frozen_groups(report["modules"]))
    title = f"{report['board']} {report['app']}: {report['flash']['used']:,} bytes of flash"
    path.write_text(treemap.draw(title, groups))
    click.echo(f"drawn: {path}", err=True)


def _show(report, signed):
    from rich.console import Console

    from firmware import size

    console = Console()
    console.print(_table("component", ("flash", "ram"), report["components"], signed))
    console.print(_table("frozen module", ("frozen", "bytecode", "strings", "tables"), report["modules"], signed))
    for group, modules in size.frozen_groups(report["modules"]).items():
        console.print(f"{group}: {_number(sum(modules.values()), signed)} bytes frozen", highlight=False)
    for kind, text in (("flash", "flash"), ("ram", "static RAM")):
        used, limit = report[kind]["used"], report[kind]["limit"]
        of = f" of {limit:,} ({100 * used / limit:.0f} %)" if limit else ""
        console.print(f"{text}: {_number(used, signed)} bytes{of}", highlight=False)


def _number(value, signed):
    return f"{value:+,}" if signed else f"{value:,}"


def _table(title, columns, rows, signed):
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(title)
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in rows.items():
        cells = [row.get(column, 0) for column in columns]
        if any(cells):
            table.add_row(name, *(_number(cell, signed) if cell else "" for cell in cells))
    return table
