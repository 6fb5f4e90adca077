"""`microdot info`: what went into an image."""

import json

import click

from firmware import options
from firmware.errors import UserError


@click.command("info")
@click.argument("board", default="unix")
@options.as_json
def command(board, as_json):
    """Show the versions, hashes and sizes of the image built for BOARD.

    On the device the same facts are in the frozen module `_microdot_build`.
    """
    from firmware import build, console
    from firmware.paths import build_dir

    artifact = build.read(build_dir() / board)
    if artifact is None:
        raise UserError(f"no image of {board!r} is built, run: microdot build {board}")
    if as_json:
        click.echo(json.dumps(artifact.info, indent=4))
        return
    for name in ("board", "port", "micropython", "framework", "revision", "app", "source"):
        click.echo(f"{name:12} {artifact.info[name] or '-'}")
    for kind, entry in artifact.info["files"].items():
        click.echo(f"{kind:12} {entry['name']}  {console.size(entry['size'])}  sha256 {entry['sha256'][:16]}")
