"""`microdot deploy`: an app onto a board, without building firmware."""

import json
from pathlib import Path

import click

from firmware import options
from firmware.mpy import ARCHITECTURES

_WAYS = ("auto", "romfs", "files", "data")


@click.command("deploy")
@click.argument("app", default=".")
@click.option("--port", metavar="PORT", help="Serial port or URL; without it the one board that is plugged in.")
@click.option(
    "--way",
    type=click.Choice(_WAYS),
    default="auto",
    help="Into the ROMFS or as files (auto); or data files only, beside an app that is frozen.",
)
@click.option("--framework", is_flag=True, help="Send the framework too, in place of the one in the firmware.")
@click.option("--optimise", "-O", type=click.IntRange(0, 3), default=0, help="Optimisation; 3 drops line numbers (0).")
@click.option("--march", type=click.Choice(ARCHITECTURES[1:]), help="With --output: for native code.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the ROMFS image, no board."
)
@options.micropython
@options.boards
@options.as_json
@options.dry_run
def command(app, port, way, framework, optimise, march, output, version, extra_boards, as_json, dry_run):
    """Put APP (a folder with main.py; by default this one) onto a board and restart it.

    Modules are compiled here for the board's chip and only what differs is sent: as a ROMFS image where the firmware has
    room for one, else as files. A board that loses power in the middle still starts.
    """
    from firmware import apps, console, deploy, devices

    apps.find(app)
    with console.progress(quiet=as_json) as progress:
        if output:
            return _write(output, deploy.image(app, version=version, optimise=optimise, march=march or "",
                                               framework=framework, progress=progress))  # fmt: skip
    port = devices.console(port, extra_boards)
    choices = {"way": way, "optimise": optimise, "framework": framework, "dry_run": dry_run}
    with console.bars([port], quiet=as_json or dry_run) as report:
        result = deploy.deploy(app, port, **choices, report=lambda *progress: report(0, *progress))
    click.echo(json.dumps(result.as_json(), indent=4) if as_json else _told(result, dry_run))


def _write(output, image):
    output.write_bytes(image)
    click.echo(f"{output}: {len(image)} bytes of ROMFS")


def _told(result, dry_run):
    framework = " with the framework" if result.framework else ""
    lines = [f"{result.machine} at {result.port}, as {result.way}{framework}"]
    if dry_run:
        lines += [f"send   {path}" for path in result.send] + [f"remove {path}" for path in result.remove]
    if not result.send and not result.remove:
        return "\n".join([*lines, f"nothing to send, all {result.keep} files are there"])
    will = "would be" if dry_run else "were"
    lines.append(f"{len(result.send)} files ({result.size} bytes) {will} sent, {len(result.remove)} removed, "
                 f"{result.keep} {'are' if dry_run else 'were'} there already")  # fmt: skip
    if not dry_run:
        lines.append(f"the app starts now; next: `microdot monitor --port {result.port}` shows its console")
    return "\n".join(lines)
