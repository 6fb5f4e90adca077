"""Size of frozen code on a Cortex-M3: what a framework adds to an image that has MicroPython's asyncio already."""

import shutil
import subprocess
from functools import cache

from bench.contestants import OURS, REFERENCE, reference
from bench.results import Figures
from firmware import boards, builders, freeze, shell, sources, system, versions
from firmware.paths import FRAMEWORK, ROOT, build_dir

_BOARD = "qemu_arm"
_ASYNCIO = 'include("$(MPY_DIR)/extmod/asyncio")\n'

#: the groups of the root manifest, and the files of the reference, that make the asyncio server, or all that runs on a device
_CORE = {OURS: ("asyncio",), REFERENCE: ("__init__.py", "microdot.py")}
_ALL = {OURS: None, REFERENCE: None}
_HOST_ONLY = {"asgi.py", "wsgi.py", "jinja.py"}


def frozen(parts):
    """A measurement of the `parts` of each framework."""

    def measure(effort):
        effort.tell("freeze for a Cortex-M3")
        alone = _size(_ASYNCIO)
        sizes = {OURS: _size(_ours(parts[OURS])), REFERENCE: _size(_ASYNCIO + _reference(parts[REFERENCE]))}
        return Figures(sizes[OURS] - alone, sizes[REFERENCE] - alone)

    return measure


core, everything = frozen(_CORE), frozen(_ALL)


def _ours(groups):
    nothing = _folder() / "device"
    nothing.mkdir(parents=True, exist_ok=True)
    options = f"framework={str(FRAMEWORK)!r}, device={str(nothing)!r}, groups={groups!r}, testrunner=False, link='qemu'"
    return f"include({str(ROOT / 'manifest.py')!r}, {options})\n"


def _reference(files):
    if files is None:
        files = sorted(path.name for path in (reference() / "microdot").glob("*.py") if path.name not in _HOST_ONLY)
    return f"package('microdot', files={list(files)!r}, base_path={str(reference())!r}, opt=3)\n"


def _folder():
    return build_dir() / "bench" / "size"


@cache
def _size(manifest):
    """The bytes of flash that the frozen code of `manifest` takes: an object file of the board's own build."""
    job = _job()
    objects = [job.out / "frozen_content.o"]
    if "link=" in manifest:
        objects.append(job.out / "linker" / "linker.o")
    freeze.write(job.manifest, manifest)
    with sources.locked(_folder()):
        # both frameworks have the same name, and the port's make goes by names and dates
        shutil.rmtree(job.out / "frozen_mpy", ignore_errors=True)
        (job.out / "frozen_content.c").unlink(missing_ok=True)
        for step in builders.builder("qemu").steps(job):
            shell.run([*step.cmd, *objects], step=step.name, cwd=step.cwd, env=step.env)
        output = subprocess.run(["arm-none-eabi-size", *objects], capture_output=True, text=True, check=True).stdout
    return sum(int(field) for line in output.splitlines()[1:] for field in line.split()[:2])


def _job():
    board = boards.load(_BOARD)
    builder = builders.builder(board.port)
    system.ensure(*builder.needs(board))
    version = versions.resolve()
    tree = sources.micropython_tree(version)
    sources.add_libraries(tree, builder.libraries(board, tree))
    folder = _folder()
    freeze.write(folder / "micropython-lib" / "README.md", "Stands in for micropython-lib.\n")
    return builders.Job(
        board=board,
        version=version,
        tree=tree,
        work=folder,
        mpy_cross=sources.mpy_cross(version),
    )
