"""`microdot run`: an app or a board, running here."""

import click

from firmware import options

_EXAMPLE = "examples/hello"


@click.command("run")
@click.argument("what", required=False, metavar="[APP|BOARD]")
@options.app
@options.micropython
@options.boards
@options.dry_run
@click.option("--target", type=click.Choice(["unix", "cpython"]), default="unix", help="Runtime for an app.")
@click.option("--port", "-p", type=click.IntRange(1, 65535), default=5000, help="Port on this machine (5000).")
@click.option("--repl", is_flag=True, help="Type at the board's console, instead of serving through it.")
def command(what, app, version, extra_boards, dry_run, target, port, repl):
    """Run APP in MicroPython on this machine, or boot BOARD's image where no board is.

    APP is a folder with main.py, or a .py file; without one it is examples/hello. It is frozen into the image, and the
    image starts it the way a board does at boot. With --target cpython the same app runs on CPython instead.
    """
    from firmware import boards

    extra_boards = [*extra_boards, *boards.beside(app)]
    if what and what in boards.all_names(extra_boards) and what != "unix":
        status = _board(what, app, version, extra_boards, dry_run, port, repl)
    else:
        app = app or (what if what != "unix" else None) or _example()
        status = _app(app, version, extra_boards, dry_run, target, port)
    raise SystemExit(status)


def _example():
    from firmware.paths import ROOT

    return ROOT / _EXAMPLE


def _app(app, version, extra_boards, dry_run, target, port):
    from firmware import apps, runner

    found = apps.find(app)
    if target == "cpython":
        if not dry_run:
            runner.require_free(port)
        return runner.cpython(found, port, dry_run=dry_run)
    artifact = _build("unix", found.path, version, extra_boards, dry_run)
    if dry_run:
        return 0
    runner.require_free(port)
    return runner.unix(artifact, port)


def _board(name, app, version, extra_boards, dry_run, port, repl):
    from firmware import boards, emulate, runner

    board = boards.load(name, extra_boards)
    emulate.require(board)
    artifact = _build(board, app, version, extra_boards, dry_run)
    if dry_run:
        return 0
    return runner.board(board, artifact, port, repl, app)


def _build(board, app, version, extra_boards, dry_run):
    from firmware import build, console

    with console.progress(quiet=dry_run) as progress:
        return build.build(
            board, app=app, version=version, extra_boards=extra_boards, dry_run=dry_run, progress=progress
        )
