"""`microdot build`: firmware for one board."""

import json

import click

from firmware import options


@click.command("build")
@click.argument("board", default="unix")
@options.app
@options.micropython
@options.boards
@options.as_json
@options.dry_run
@click.option("--container", is_flag=True, help="Compile in the port's usual container image (docker or podman).")
@click.option("--jobs", "-j", type=click.IntRange(1), metavar="N", help="Compile N files at once (default: the number of cores).")
def command(board, app, version, extra_boards, as_json, dry_run, container, jobs):
    """Build firmware for BOARD, with the framework and your app frozen in.

    The artifact is in build/BOARD/: the image, build.json with versions and hashes, and the full log.
    """
    from firmware import build, console, containers

    with console.progress(quiet=as_json or dry_run) as progress:
        artifact = build.build(
            board,
            app=app,
            version=version,
            extra_boards=extra_boards,
            dry_run=dry_run,
            progress=progress,
            jobs=jobs,
            container=containers.engine(answering=not dry_run) if container else "",
        )
    if artifact is None:
        return
    if as_json:
        click.echo(json.dumps({**artifact.info, "dir": str(artifact.dir), "fresh": artifact.fresh}, indent=4))
    else:
        click.echo(f"{'built' if artifact.fresh else 'up to date:'} {console.shown(artifact.image)}, "
                   f"{console.size(artifact.image.stat().st_size)}, MicroPython {artifact.info['micropython']}")
