"""`microdot boards`: the boards there are."""

import json

import click

from firmware import options


@click.command("boards")
@options.boards
@options.as_json
def command(extra_boards, as_json):
    """List the boards, with chip, features, and what this machine can do with each."""
    from firmware import abilities, boards

    rows = [abilities.row(board) for board in boards.all_boards(extra_boards)]
    if as_json:
        click.echo(json.dumps(rows, indent=4))
    else:
        abilities.show(rows)
