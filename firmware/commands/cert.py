"""`microdot cert`: a certificate for a device."""

import click


@click.command("cert")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--out", "folder", default=".", metavar="DIR", help="Where to write the files (here).")
@click.option("--days", type=click.IntRange(1, 36500), default=3650, help="How long it is valid (3650).", metavar="N")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def command(names, folder, days, force):
    """Make a self-signed certificate for HTTPS: cert.der and key.der for the app, cert.pem for browsers to trust.

    With key.pem it serves other servers too, such as Gunicorn.

    NAMEs are the host names and IP addresses that the device is reached by; without any, those of this machine alone:
    localhost and 127.0.0.1. Put the files beside the app's main.py, and keep the keys to yourself.
    """
    from firmware import cert

    names = names or ("localhost", "127.0.0.1")
    paths = cert.make(names, folder, days=days, force=force)
    click.echo(f"{', '.join(str(path) for path in paths)}: for {', '.join(names)}, valid for {days} days")
