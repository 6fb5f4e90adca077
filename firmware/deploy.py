"""Put an app onto a board without building firmware: into its ROMFS where it has one, else as files.

Either way the modules are compiled for the board's chip, only what differs is sent, and a board whose power is cut in the
middle still starts: with the old app, with the new one, or with its firmware alone.
"""

import ast
import contextlib
from dataclasses import asdict, dataclass, field

from firmware import apps, bundle, mpy, romfs, transfer, versions
from firmware.errors import UserError
from firmware.repl import LinkLost, Repl
from firmware.rom import Partition

_ROM = "/rom"
_CRASH_FILE = "crash.txt"
_RECORD = ".deployed"

_QUESTION = """
import os, sys
try:
    import _microdot_build
    ours = True
except ImportError:
    ours = False
i = sys.implementation
print(repr((i.version[:3], getattr(i, '_mpy', 0), getattr(i, '_machine', sys.platform), os.getcwd(), ours)))
"""


@dataclass(frozen=True)
class Facts:
    """What the board is.

    :param version: MicroPython's.
    :param mpy: what it says of .mpy files.
    :param root: where its file system is, '' or '/flash'.
    :param ours: whether its firmware is of this toolkit, so that framework and launcher are in it.
    """

    version: str
    mpy: int
    machine: str
    root: str
    ours: bool

    @property
    def folder(self):
        """Where the app's files go; the launcher looks there first."""
        return f"{self.root}/app"

    @classmethod
    def of(cls, repl):
        """Ask the board."""
        version, mpy_word, machine, root, ours = ast.literal_eval(repl.exec(_QUESTION))
        return cls(".".join(map(str, version)), mpy_word, machine, root.rstrip("/"), ours)

    def options(self, optimise):
        """How to compile for it.

        :raises UserError: when its MicroPython reads another format of .mpy.
        """
        if self.mpy & 0xFF != mpy.FORMAT:
            raise UserError(
                f"the board's MicroPython {self.version} does not read .mpy files of version {mpy.FORMAT}, "
                f"flash a newer one: `microdot flash BOARD`"
            )
        version = self.version if self.version in versions.KNOWN else versions.MICROPYTHON
        return mpy.Options(version, optimise, mpy.ARCHITECTURES[self.mpy >> 10 & 0xF])


@dataclass
class Report:
    """What a deployment did, or with `dry_run` would do."""

    port: str
    machine: str
    way: str = "files"
    framework: bool = False
    size: int = 0  # bytes sent
    send: list = field(default_factory=list)
    remove: list = field(default_factory=list)
    keep: int = 0

    def as_json(self):
        """The report as plain values."""
        return asdict(self)


def image(app, *, version=None, optimise=0, march="", framework=False, progress=None):
    """The ROMFS image of `app`, for a board that is not there."""
    found = bundle.collect(apps.find(app), version=version, progress=progress)
    options = mpy.Options(versions.resolve(version), optimise, march)
    return romfs.image(_contents(found, options, framework, in_place=True))


def deploy(app, port, *, way="auto", optimise=0, framework=False, dry_run=False, progress=None, report=None):
    """Put `app` onto the board at `port` and restart it.

    :param app: the app's path, None for the framework and the status page alone.
    :param way: 'romfs', 'files', 'auto' for the first that the board has, or 'data' for nothing but the files that are
        no code, beside an app that is frozen into the board's firmware.
    :param framework: send this checkout's framework too; done by itself where the firmware has none.
    :param report: called as report(done, total, text).
    :raises UserError: when the app is not sound, does not fit, or the board cannot be reached.
    """
    report = report or (lambda done, total, text: None)
    found = bundle.collect(apps.find(app), progress=progress) if app else bundle.Bundle(None)
    with Repl(port) as repl, _cut_told(port):
        facts = Facts.of(repl)
        framework = framework or not facts.ours
        partition = Partition(repl) if way in ("auto", "romfs") else None
        if way == "romfs" and not partition.size:
            raise UserError(f"the board at {port!r} has no ROMFS, leave the choice to the tool with --way auto")
        options = facts.options(optimise)
        in_place = bool(partition and partition.size)
        contents = found.data if way == "data" else _contents(found, options, framework, in_place)
        result = Report(port, facts.machine, framework=framework)
        if in_place:
            _into_rom(repl, partition, found, contents, facts, result, dry_run, report)
        else:
            _as_files(repl, contents, facts, result, dry_run, report)
        if not dry_run:
            repl.exec(f"remove({f'{facts.root}/{_CRASH_FILE}'!r})")
            repl.restart()
    return result


@contextlib.contextmanager
def _cut_told(port):
    try:
        yield
    except LinkLost as error:
        raise UserError(
            f"the link to {port!r} broke; the board still starts, connect it again and run the same command, only what is "
            f"missing gets sent",
            detail=str(error),
        ) from error


def _contents(found, options, framework, in_place):
    """All files to send, by path below the app's folder."""
    files = bundle.compiled(found, options, in_place=in_place)
    return {**bundle.launcher(options), **bundle.framework(options), **files} if framework else files


def _plan(repl, files, facts, folder):
    """What has to be done for `files`.

    :raises UserError: when a program of the user's own starts at boot, which nothing may replace unasked.
    """
    wanted = transfer.plan(repl, _on_board(files, facts, folder), f"{facts.folder}/{_RECORD}")
    own = f"{facts.root}/main.py"
    if own in wanted.foreign:
        raise UserError(
            f"the board has a program of its own in {own}, which would be replaced: keep it (`mpremote cp :{own} .`), remove it "
            f"there (`mpremote rm :{own}`), and run this again"
        )
    return wanted


def _on_board(files, facts, folder):
    """`files` by their absolute paths, with what starts the launcher where the firmware does not."""
    placed = {f"{facts.folder}/{path}": contents for path, contents in files.items()}
    if not facts.ours:
        placed[f"{facts.root}/main.py"] = _STARTER.format(folder=folder).encode()
    return placed


_STARTER = """# what runs at boot; written by `microdot deploy`
import sys

sys.path.insert(0, "{folder}/lib")
import launcher

launcher.boot()
"""


def _into_rom(repl, partition, found, contents, facts, result, dry_run, report):
    """Modules and static files into the ROMFS, data files as files, which an app may change.

    Modules of an earlier deployment as files would be found before the ROMFS's, so they go, and after it is written.
    """
    image = romfs.image(contents)
    changed = partition.differing(image)
    wanted = _plan(repl, found.data, facts, _ROM)
    result.way = "ROMFS"
    _tell(
        result,
        sorted(contents) if changed else [],
        [] if changed else sorted(contents),
        [],
        len(changed) * partition.block,
    )
    _tell(result, wanted.send, wanted.keep, wanted.remove, wanted.size)
    if not dry_run:
        partition.write(image, changed, report)
        transfer.carry_out(repl, wanted, report)


def _as_files(repl, contents, facts, result, dry_run, report):
    wanted = _plan(repl, contents, facts, facts.folder)
    _tell(result, wanted.send, wanted.keep, wanted.remove, wanted.size)
    if not dry_run:
        transfer.carry_out(repl, wanted, report)


def _tell(result, send, keep, remove, size):
    """Add to the report, which does not mention the record itself."""
    result.send += [path for path in send if not path.endswith(_RECORD)]
    result.remove += [path for path in remove if not path.endswith(_RECORD)]
    result.keep += len([path for path in keep if not path.endswith(_RECORD)])
    result.size += size
