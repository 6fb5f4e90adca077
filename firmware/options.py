"""Options that several commands share, each written once."""

import click

from firmware import versions


def _micropython(function):
    return click.option(
        "--micropython",
        "version",
        envvar="MICROPYTHON",
        metavar="VERSION",
        help=f"MicroPython version, one of {', '.join(versions.KNOWN)} (default {versions.MICROPYTHON}).",
    )(function)


def _boards(function):
    return click.option(
        "--boards",
        "extra_boards",
        multiple=True,
        metavar="DIR",
        help="Folder with boards of your own; may be given again. A boards/ beside the app is read by itself.",
    )(function)


micropython = _micropython
boards = _boards
app = click.option("--app", "app", metavar="APP", help="App to freeze: a folder with main.py, or a .py file.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs to read.")
dry_run = click.option("--dry-run", is_flag=True, help="Print the exact commands and run none.")
