"""Node.js, which runs the WebAssembly image and the emulator of the Pico."""

from pathlib import Path

from firmware import shell
from firmware.emulators import program
from firmware.errors import UserError

_HERE = Path(__file__).parent
_OLDEST = 18  # for rp2040js


def path():
    """The path of a Node.js that is new enough.

    :raises UserError: when there is none.
    """
    found = program("node", "nodejs")
    version = shell.run([found, "--version"]).strip()
    if int(version.lstrip("v").partition(".")[0]) < _OLDEST:
        raise UserError(f"this needs Node.js {_OLDEST} or later, {found} is {version}, install a newer one")
    return found


def command(artifact, source):
    """The words that run the Python `source` in the WebAssembly image of `artifact`, connected to this terminal."""
    return [path(), _HERE / "main.mjs", artifact.image, source]
