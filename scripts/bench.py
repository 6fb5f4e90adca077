#!/usr/bin/env python3
"""Compare our framework with the reference from PyPI, on CPython and on MicroPython; `make bench` runs it.

The figures are ratios first, each beside its goal. They depend on the machine and on what else it does, so nothing here
passes or fails: contestants take turns, and the median of their turns counts.
"""

import sys
from dataclasses import replace
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# the package beside this file
from bench import report  # noqa: E402
from bench.results import Effort, Figures  # noqa: E402
from bench.rows import ROWS  # noqa: E402
from firmware import console  # noqa: E402
from firmware.errors import UserError  # noqa: E402

_THOROUGH = Effort(rounds=7, ms=700, requests=200, step=64)
_QUICK = Effort(rounds=3, ms=250, requests=50, step=512)


@click.command(help=__doc__)
@click.option("--only", multiple=True, metavar="ROW", help="Measure this row only; may be given several times.")
@click.option("--quick", is_flag=True, help="Take less time and be less exact.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--list", "listing", is_flag=True, help="List the rows and measure nothing.")
def main(only, quick, as_json, listing):
    rows = chosen(only)
    if listing:
        for row in rows:
            click.echo(f"{row.key:20} {row.title}")
        return
    with console.progress(quiet=as_json) as show:
        results = {row: measure(row, _QUICK if quick else _THOROUGH, show) for row in rows}
    for line in [report.as_json(results)] if as_json else report.lines(results):
        click.echo(line)


def chosen(keys):
    """The rows called `keys`, all of them for none.

    :raises UserError: for a key that no row has.
    """
    unknown = set(keys) - {row.key for row in ROWS}
    if unknown:
        raise UserError(f"no row {min(unknown)!r}, --list names them all")
    return [row for row in ROWS if row.key in keys or not keys]


def measure(row, effort, show):
    """The `Figures` of a row; why there are none is their note."""

    def tell(what):
        if show:
            show(f"{row.key}: {row.title}", what)

    try:
        return row.measure(replace(effort, tell=tell))
    except UserError as error:
        return Figures(None, None, f"{error}: {error.detail}" if error.detail else str(error))


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except (UserError, click.ClickException) as error:
        sys.exit(f"bench: {error}")
    except (KeyboardInterrupt, click.Abort):
        sys.exit("bench: stopped")
