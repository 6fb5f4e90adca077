"""`microdot flash`: firmware onto boards."""

import json
from pathlib import Path

import click

from firmware import options


@click.command("flash")
@click.argument("board")
@options.app
@click.option(
    "--port",
    "ports",
    multiple=True,
    metavar="PORT",
    help="Serial port, URL or UF2 drive; give it again to flash several boards at once.",
)
@click.option(
    "--image", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Write this file, build nothing."
)
@click.option(
    "--stock",
    is_flag=True,
    help="Write the official MicroPython image, then deploy framework and app onto it: needs no compiler.",
)
@click.option("--erase", is_flag=True, help="Erase the whole flash first, files and settings on the board included.")
@click.option(
    "--baud", type=int, default=0, metavar="BAUD", help="Speed to begin with; slower ones follow by themselves."
)
@options.micropython
@options.boards
@options.as_json
@options.dry_run
def command(board, app, ports, image, stock, erase, baud, version, extra_boards, as_json, dry_run):
    """Write firmware to BOARD, verify it, and restart the board with it.

    Builds first whatever has changed. The chip is checked before anything is written, and regions that hold the right
    content already are skipped. Without --port the board is found by its USB id.
    """
    from firmware import boards, flash, flashers

    board = boards.load(board, extra_boards)
    method = flashers.method(board)
    source, data = (image, []) if image else _image(board, app, stock, version, extra_boards, dry_run, quiet=as_json)
    jobs = flash.jobs(board, source, ports, erase=erase, baud=baud)
    if dry_run:
        return _show(method, jobs)
    results = _run(jobs, quiet=as_json)
    if stock:
        results = [_deploy(result, board, app, quiet=as_json, framework=True) for result in results]
    elif data:
        results = [_deploy(result, board, app, quiet=as_json, way="data") for result in results]
    if as_json:
        click.echo(json.dumps([result.as_json() for result in results], indent=4))
    flash.raise_failures(results)
    if not as_json:
        click.echo(flash.farewell(board, source, results, stock=stock, app=app))


def _image(board, app, stock, version, extra_boards, dry_run, quiet):
    """The image to write, the official one or what a build makes of the app, and the app's files that are not in it."""
    from firmware import build, console, versions
    from firmware import stock as official
    from firmware.paths import build_dir

    if dry_run:
        if stock:
            return Path(official.file_name(board, versions.resolve(version))), []
        return build_dir() / board.name / board.artifact, []
    with console.progress(quiet=quiet) as progress:
        if stock:
            return official.image(board, version, progress=progress), []
        _require_builder(board)
        artifact = build.build(board, app=app, version=version, extra_boards=extra_boards, progress=progress)
    return artifact.image, [path for path in artifact.data.rglob("*") if path.is_file()]


def _require_builder(board):
    from firmware import abilities
    from firmware.errors import UserError

    if abilities.building(board) == "no":
        raise UserError(
            f"{board.name} cannot be built here (`microdot doctor` says why), write the official image and deploy the app "
            f"onto it with --stock, or an image that you have with --image"
        )


def _show(method, jobs):
    from firmware import shell

    for job in jobs:
        for command in method.commands(job):
            click.echo(shell.as_typed(command))


def _run(jobs, quiet):
    from firmware import console, flash

    with console.bars([job.port or "board" for job in jobs], quiet=quiet) as report:
        return flash.run(jobs, lambda job, *progress: report(jobs.index(job), *progress))


def _deploy(result, board, app, quiet, **how):
    """What follows on the board that has just been flashed: framework and app as files, or the app's data files."""
    from firmware import console, flash

    if result.error:
        return result
    with console.bars([result.port or board.name], quiet=quiet) as report:
        return flash.deploy_after(result, board, app, lambda *progress: report(0, *progress), **how)
