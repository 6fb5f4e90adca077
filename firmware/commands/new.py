"""`microdot new`: start an app or a board of one's own."""

import click


@click.group("new")
def command():
    """Start an app or a board."""


@command.command("app")
@click.argument("name")
def app(name):
    """Make the folder NAME with an app in it that runs as it is."""
    from firmware import scaffold, shell

    folder = scaffold.app(name)
    click.echo(f"{folder}/main.py is your app, start it with: {shell.as_typed(['microdot', 'run', folder])}")


@command.command("board")
@click.argument("name")
@click.option("--like", required=True, metavar="BOARD", help="The board to start from.")
@click.option("--boards", "folder", default="boards", metavar="DIR", help="Where boards of your own are (boards).")
def board(name, like, folder):
    """Make the folder boards/NAME as a copy of the board --like, to be changed."""
    from firmware import scaffold, shell

    made = scaffold.board(name, like, folder)
    typed = shell.as_typed(["microdot", "build", name, "--boards", folder])
    click.echo(f"{made} is your board, build it with: {typed}")
