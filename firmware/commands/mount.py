"""`microdot mount`: an app live on a board."""

import click

from firmware import options


@click.command("mount")
@click.argument("app", default=".")
@click.option("--port", metavar="PORT", help="Serial port or URL; without it the one board that is plugged in.")
@click.option("--framework", is_flag=True, help="Use this checkout's framework in place of the firmware's, and watch it too.")
@options.boards
def command(app, port, framework, extra_boards):
    """Run APP (a folder with main.py; by default this one) on a board from here, and again on each save, until Ctrl-C.

    Nothing is written to the board. Errors are shown with the paths of the files here; what does not compile does not
    stop the app that runs.
    """
    from firmware import apps, devices
    from firmware.mount import Mount

    apps.find(app)
    port = devices.console(port, extra_boards)
    with Mount(app, port, framework=framework, show=_write) as mount:
        try:
            mount.run()
        except KeyboardInterrupt:
            click.echo("\nthe board starts its own app again")


def _write(text):
    click.echo(text, nl=False)
