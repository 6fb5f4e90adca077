"""`microdot flash`: firmware onto boards."""

import json
import re
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
@click.option("--sha256", default="", metavar="HEX", help="With --stock or --image: the hash that the image must have.")
@click.option("--erase", is_flag=True, help="Erase the whole flash first, files and settings on the board included.")
@click.option(
    "--baud", type=int, default=0, metavar="BAUD", help="Speed to begin with; slower ones follow by themselves."
)
@options.micropython
@options.boards
@options.as_json
@options.dry_run
def command(board, app, ports, image, stock, sha256, erase, baud, version, extra_boards, as_json, dry_run):
    """Write firmware to BOARD, verify it, and restart the board with it.

    Builds first whatever has changed. The chip is checked before anything is written, and regions that hold the right
    content already are skipped. Without --port the board is found by its USB id.
    """
    from firmware import boards, flash, flashers

    board = boards.load(board, extra_boards)
    method = flashers.method(board)
    _require_digest(image, stock, sha256)
    _require_app(app, image, stock)
    ports = flash.ports(board, ports)  # before minutes of building
    if image:
        source, data = image, []
    elif stock:
        source, data = _official(board, version, sha256, dry_run, quiet=as_json), []
    else:
        source, data = _built(board, app, version, extra_boards, dry_run, quiet=as_json)
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


def _require_digest(image, stock, sha256):
    """See that --sha256 is a hash, is given with what it can be the hash of, and is that of `image`."""
    from firmware.errors import UserError
    from firmware.stock import check

    if sha256 and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise UserError(f"{sha256!r} is no SHA-256, give all of its 64 hexadecimal digits")
    if sha256 and not (image or stock):
        raise UserError("--sha256 is for an image that is not built here, give it with --stock or --image")
    if sha256 and image:
        check(image, sha256, "nothing was written: get the file again, or give its own --sha256")


def _require_app(app, image, stock):
    """See that the app is sound before anything is written that it would be deployed onto."""
    from firmware import apps, bundle
    from firmware.errors import UserError

    if app and image and not stock:
        raise UserError("--image is written as it is, add --stock to deploy the app beside it, or leave --app out")
    if app and stock:
        bundle.collect(apps.find(app))


def _official(board, version, sha256, dry_run, quiet):
    """The official image, and a word to the user where no hash is known of it."""
    from firmware import console, stock, versions

    if dry_run:
        return Path(stock.file_name(board, versions.resolve(version)))
    with console.progress(quiet=quiet) as progress:
        path = stock.image(board, version, sha256=sha256, progress=progress)
    if not (sha256 or quiet) and (note := stock.note(path)):
        click.echo(note, err=True)
    return path


def _built(board, app, version, extra_boards, dry_run, quiet):
    """What a build makes of the app, and the app's files that are not in the image."""
    from firmware import build, console
    from firmware.paths import build_dir

    if dry_run:
        return build_dir() / board.name / board.artifact, []
    with console.progress(quiet=quiet) as progress:
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
