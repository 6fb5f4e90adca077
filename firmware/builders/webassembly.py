"""The webassembly port: MicroPython for Node.js and browsers, as its project publishes it on npm.

The port needs Emscripten, which is in no package registry, to be compiled. Nothing is: the runtime is the one on npm, in the
version and with the hash of package-lock.json, and what other ports freeze is put into its file system.
"""

import shlex

from firmware.builders import Step
from firmware.errors import UserError
from firmware.paths import PORTS

_PORT = PORTS / "webassembly"
_PACKAGE = "node_modules/@micropython/micropython-webassembly-pyscript"
_VERSION = "1.25.0"  # of MicroPython, in package.json


def container(job):
    """Nothing is compiled.

    :raises UserError: always.
    """
    raise UserError(
        f"{job.board.name} takes MicroPython as it is on npm and compiles nothing, build it without --container"
    )


def needs(board):
    """Groups of packages that the machine must have."""
    return ("base", "node")


def obstacle(board):
    """Nothing beyond packages is needed."""
    return ""


def libraries(board, tree):
    """What is compiled of the tree needs no libraries."""
    return ()


def steps(job):
    """Fetch the runtime, once, and pack the modules.

    :raises UserError: when the runtime is not to be had in this version of MicroPython.
    """
    if job.version != _VERSION:
        raise UserError(
            f"{job.board.name} is MicroPython {_VERSION} from npm, choose that version instead of {job.version}"
        )
    fetch = (
        # npm writes the file that is asked for when all is there
        f"mkdir -p {shlex.quote(str(job.out))} && cd {shlex.quote(str(job.out))} && "
        f"if [ ! -f node_modules/.package-lock.json ]; then cp {shlex.quote(str(_PORT))}/package*.json . && "
        "npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier; fi"
    )
    pack = ("python3", _PORT / "pack.py", job.tree, job.manifest, job.mpy_cross, job.out / "firmware.mjs")
    return [Step("fetch the runtime", ("sh", "-ec", fetch)), Step("pack", pack)]


def outputs(job):
    """The module that boots it all, and the runtime beside it."""
    runtime = job.out / _PACKAGE
    return {
        "image": job.out / "firmware.mjs",
        "runtime.mjs": runtime / "micropython.mjs",
        "wasm": runtime / "micropython.wasm",
    }
