"""`microdot test`: the test suite, on any target."""

import click

_MOST_CORES = 4  # that tests are shared out among; what builds uses all by itself


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.option(
    "--target", metavar="NAMES", help="Where portable tests run: cpython, unix, a board, serial:PORT; with commas."
)
@click.option("--all", "everywhere", is_flag=True, help="Everything, on every board that can be emulated here.")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(target, everywhere, args):
    """Run the tests with pytest; ARGS go to pytest as they are (-k, -x, a file ...).

    Portable tests run on CPython and in the unix image unless --target says otherwise, each an item of its own. Without
    ARGS the whole suite runs, which boots emulated boards too: what it needs of the machine is installed first, and it is
    shared out among the cores.
    """
    import os
    import sys

    from firmware import system
    from firmware.paths import ROOT, is_checkout

    # a run starts hundreds of Pythons, and none is to compile again what another has compiled
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    words = []
    if everywhere:
        target = target or ",".join(_every_target())
    if target:
        words.append(f"--target={target}")
    if is_checkout() and not any(os.path.exists(word.partition("::")[0]) for word in args):
        os.chdir(ROOT)
        words += ["--slow"] if everywhere else []
        if not args:
            system.ensure("tests", *_emulated_needs())
            words += _side_by_side()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *words, *args])


def _side_by_side():
    """Options of pytest-xdist that share the suite out among processes, a file of tests to each at a time."""
    import os

    workers = min(os.cpu_count() or 1, _MOST_CORES) + 2  # as tests often wait, for a board or for a time to pass
    return [f"--numprocesses={workers}", "--dist=loadfile", "--no-loadscope-reorder"]


def _emulated_needs():
    """What the machine must have for every board that the whole suite builds and boots."""
    from firmware import boards, builders

    emulated = [board for board in boards.all_boards() if board.emulator or board.port == "unix"]
    return {group for board in emulated for group in (board.emulator, *builders.builder(board.port).needs(board))}


def _every_target():
    from firmware import boards

    return ["cpython", "unix"] + [board.name for board in boards.all_boards() if board.emulator]
