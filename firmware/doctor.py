"""What this machine has and lacks for each thing the toolkit does, and the one command that mends it."""

import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass

from firmware import boards, builders, containers, sources, system, versions
from firmware.errors import UserError
from firmware.paths import cache_dir


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `state` is "ok", "missing" (a command mends it) or "note" (nothing to mend, or not by us)."""

    topic: str
    state: str
    text: str
    packages: tuple = ()


def examine():
    """Every `Finding` about this machine."""
    return [_python(), *_sources(), *_boards(), _containers(), *_tools(), _disk(), _ports()]


def remedy(findings):
    """The one command that installs all that `findings` miss, or ''."""
    packages = [package for finding in findings for package in finding.packages]
    return system.install_command(packages) if packages else ""


def as_data(findings):
    """`findings` as plain data for JSON."""
    return {"findings": [asdict(finding) for finding in findings], "remedy": remedy(findings)}


def _python():
    return Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _sources():
    version = versions.resolve()
    chosen = os.environ.get("MICROPYTHON_DIR")
    place = sources.tree_path(version)
    if chosen:
        yield Finding("micropython", "ok", f"MICROPYTHON_DIR={chosen}")
    elif not place.is_dir():
        yield Finding("micropython", "note", f"{version} is fetched by the first build, to {place}")
    elif (place / sources.ORIGIN).is_file():
        yield Finding("micropython", "ok", f"{version} from {(place / sources.ORIGIN).read_text().strip()} in {place}")
    else:
        yield Finding("micropython", "note", f"{place} is damaged, remove it and the next build fetches it anew")


def _boards():
    """One finding for all boards that have the same in the way."""
    alike = {}
    for board in boards.all_boards():
        builder = builders.builder(board.port)
        lacking = system.missing(board.emulator, *builder.needs(board))
        obstacle = builders.obstacle(board, sources.planned_tree(versions.resolve()))
        alike.setdefault((tuple(sorted(set(lacking.values()))), obstacle), []).append(board.name)
    for (packages, obstacle), names in alike.items():
        text = f"{', '.join(names)}: {obstacle or 'can be built'}"
        if packages:
            yield Finding("boards", "missing", f"{text}, needs {' '.join(packages)}", packages)
        else:
            yield Finding("boards", "note" if obstacle else "ok", text)


def _containers():
    try:
        return Finding("containers", "ok", containers.engine())
    except UserError as error:
        return Finding("containers", "note", str(error))


def _tools():
    for name, use in (("esptool", "flash ESP boards"), ("mpremote", "talk to boards")):
        found = shutil.which(name, path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", ""))
        yield Finding(name, "ok" if found else "note", found or f"not installed, needed to {use}: pip install {name}")


def _disk():
    place = cache_dir()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    enough = free > 1_000_000_000
    return Finding("disk", "ok" if enough else "note", f"{free / 1e9:.1f} GB free for {cache_dir()}")


def _ports():
    from serial.tools import list_ports

    found = [f"{port.device} ({port.description})" for port in list_ports.comports() if port.vid]
    return Finding("serial ports", "ok" if found else "note", ", ".join(found) or "no board is plugged in")
