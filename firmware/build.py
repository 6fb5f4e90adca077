"""Build firmware: sources and frozen code into an artifact in build/BOARD/, and nothing when nothing has changed.

    inputs -> work folder (the port's make or cmake) -> checked files published one by one, build.json last

A build that fails, or is stopped, leaves the artifact of the last good one.
"""

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from firmware import apps, boards, builders, freeze, inputs, posix, shell, sources, system, versions, webflash
from firmware.errors import UserError
from firmware.paths import ROOT, build_dir, work_dir

INFO = "build.json"


@dataclass(frozen=True)
class Artifact:
    """What a build made: the folder, the image and the ELF file in it, and the facts of build.json."""

    dir: Path
    image: Path
    elf: Path
    info: dict
    fresh: bool = True  # False: everything was up to date and nothing was done

    @property
    def data(self):
        """The folder with the app's files that are not frozen."""
        return self.dir / "fs"


def build(
    board, *, app=None, version=None, extra_boards=(), out=None, progress=None, dry_run=False, jobs=None, container=""
):
    """Build the firmware of `board` and return its Artifact.

    :param board: a board's name, or a Board.
    :param app: an app's path, frozen into the image and started at boot, None for the framework alone; boards in or
        beside the app's folder count.
    :param version: the MicroPython version, None for the default.
    :param extra_boards: folders to look the board up in first.
    :param out: the folder for the artifact, None for build/BOARD; object files are shared by all of a board's artifacts.
    :param progress: called with (step, line) for every line that a command prints.
    :param dry_run: print the commands, run nothing, return None.
    :param container: "docker" or "podman" to compile in the port's container image.
    :raises UserError: with the compiler's relevant lines as detail.
    """
    if isinstance(board, str):
        board = boards.load(board, [*extra_boards, *boards.beside(app)])
    app = apps.find(app) if app else None
    version = versions.resolve(version)
    out = Path(out).absolute() if out else build_dir() / board.name
    job = _job(board, version, jobs)
    if dry_run:
        _show(_steps(job, container))
        return None
    posix.require("building MicroPython")
    if not container:
        _require_tools(job)
    _require_plain_paths(job)
    with sources.locked(job.work):
        _fetch(job, progress)
        return _build(job, app, out, container, progress)


def _build(job, app, out, container, progress):
    """What `build` does once nobody else does it and all sources are there."""
    freeze.prepare(job, app)
    # the number of jobs changes nothing of the result
    base = inputs.base(job, _steps(replace(job, jobs=1), container))
    state = inputs.state(base, job, app)
    last = read(out)
    if last and last.info["inputs"] == state:
        return last
    _compile(_steps(job, container), base, job.work, progress)
    return _publish(job, app, state, out)


def read(folder):
    """The Artifact in `folder`, or None when there is none or a file of it is not what build.json says."""
    try:
        info = json.loads((folder / INFO).read_text())
        files = {kind: folder / entry["name"] for kind, entry in info["files"].items()}
        if any(sha256(files[kind]) != entry["sha256"] for kind, entry in info["files"].items()):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Artifact(folder, files["image"], files.get("elf"), info, fresh=False)


def sha256(file):
    """The SHA-256 of `file` in hexadecimal."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _job(board, version, jobs):
    return builders.Job(
        board=board,
        version=version,
        tree=sources.planned_tree(version),
        work=work_dir() / f"{board.name}-{version}",
        mpy_cross=sources.mpy_cross_path(version),
        jobs=jobs or os.cpu_count() or 1,
    )


def _require_tools(job):
    obstacle = builders.obstacle(job.board, job.tree)
    if obstacle:
        raise UserError(f"{job.board.name} cannot be built here: {obstacle}")
    system.ensure(*builders.builder(job.board.port).needs(job.board))


def _require_plain_paths(job):
    """See that MicroPython's makefiles can take the folders: to them and their shells a path ends at a space or a quote."""
    if not any(step.cmd[0] in _MAKERS for step in _steps(job, "")):
        return
    places = {
        ROOT: "move this checkout to another folder",
        job.board.path: "move the board to another folder",
        job.work: "name another folder by the variable MICRODOT_WORK",
        job.tree: "name another folder by the variable MICRODOT_CACHE",
    }
    for place, remedy in places.items():
        sign = re.search(r"[^\w./+,@~=-]", str(place))
        if sign:
            raise UserError(f"make cannot work in {str(place)!r} for the {sign[0]!r} in it, {remedy}")


_MAKERS = ("make", "cmake", "idf.py")


def _fetch(job, progress):
    sources.micropython_tree(job.version, progress=progress)
    libraries = builders.builder(job.board.port).libraries(job.board, job.tree)
    sources.add_libraries(job.tree, libraries, progress=progress)
    sources.mpy_cross(job.version, progress=progress)


def _steps(job, container):
    builder = builders.builder(job.board.port)
    # what looks at the clock takes the first instead; the ports' generators write sets in the order of their hashes
    same = {"SOURCE_DATE_EPOCH": versions.epoch(job.version), "PYTHONHASHSEED": 0}
    steps = [replace(step, env={**same, **step.env}) for step in builder.steps(job)]
    if not container:
        return steps
    from firmware import containers

    return [containers.wrap(steps, builder.container(job), job, container)]


def _show(steps):
    for step in steps:
        print(f"# {step.name}")
        shell.run(step.cmd, cwd=step.cwd, env=step.env, dry_run=True)


def _compile(steps, base, work, progress):
    """Run `steps` in `work`, from scratch when more than frozen code changed or the last run was cut off."""
    started, configured = work / "started", work / "configured"
    if started.exists() or not configured.is_file() or configured.read_text() != base:
        shutil.rmtree(work / "out", ignore_errors=True)
    log = work / "build.log"
    log.unlink(missing_ok=True)
    started.touch()
    configured.write_text(base)
    try:
        for step in steps:
            shell.run(step.cmd, step=step.name, log=log, cwd=step.cwd, env=step.env, progress=progress)
    except shell.CommandFailed:
        started.unlink()  # the tool ended by itself and tidied up, what it did make is good
        raise
    started.unlink()


def _publish(job, app, state, out):
    """Copy what was built into `out`, every file whole or not at all, build.json last."""
    outputs = builders.builder(job.board.port).outputs(job)
    for source in outputs.values():
        if not source.is_file():
            raise UserError(f"the build ended without making {source.name!r}, its log is {job.log}")
    _require_room(job.board, outputs.get("bin"))
    out.mkdir(parents=True, exist_ok=True)
    files = {kind: _place_output(kind, source, job.board, out) for kind, source in outputs.items()}
    info = {**freeze.facts(job, app), "source": inputs.origin(job.tree), "inputs": state, "files": files}
    apps.mirror(_files(job.work / "data"), out / "fs")
    _place(job.log, out / job.log.name)
    for name, text in {**webflash.files(job.board, info), INFO: json.dumps(info, indent=4) + "\n"}.items():
        (job.work / name).write_text(text)
        _place(job.work / name, out / name)
    return replace(read(out), fresh=True)


def _require_room(board, binary):
    """See that a flat `binary` ends where the board has room for code; the linker of such a port knows no such end."""
    limit = board.limits.get("flash")
    size = binary.stat().st_size if binary else 0
    if limit and size > limit:
        raise UserError(
            f"the image takes {-(-size // 1024)} KB and {board.name!r} has {limit // 1024} KB for code, then come deployed apps "
            f"and files: leave files out of the app, or build without it and put it there with `microdot deploy`"
        )


def _place_output(kind, source, board, out):
    """Copy one of a build's files to its name in `out`; return what build.json says of it."""
    name = board.artifact if kind == "image" else f"{Path(board.artifact).stem}.{kind}"
    _place(source, out / name)
    return {"name": name, "size": source.stat().st_size, "sha256": sha256(source)}


def _files(folder):
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def _place(source, target):
    scratch = target.with_name(f".{target.name}.part")
    try:
        shutil.copy2(source, scratch)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)  # on a full disk
