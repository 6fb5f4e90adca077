"""Fingerprints of everything that goes into an image, by which a build knows that it has nothing to do."""

import hashlib
import json
import subprocess

from firmware import freeze
from firmware.paths import DEVICE, FRAMEWORK, LINKER, PORTS, ROOT
from firmware.sources import ORIGIN


def base(job, steps):
    """The fingerprint of all but frozen code: tools, port configuration and the exact commands."""
    commands = [[step.name, [str(word) for word in step.cmd], str(step.cwd), step.env] for step in steps]
    parts = [
        job.version,
        origin(job.tree),
        compilers(steps),
        commands,
        _hash(job.board.path),
        _hash(PORTS / job.board.port),
        *(_hash(path) for path in LINKER),
    ]
    return _digest(parts)


def state(base, job, app):
    """The fingerprint of all inputs of a build, frozen code included."""
    frozen = [_hash(FRAMEWORK), _hash(DEVICE), _hash(ROOT / "manifest.py"), freeze.facts(job, app)]
    return _digest([base, frozen, _app(app)])


def origin(tree):
    """Where a source tree came from; for a tree of the user's own, something that changes when a file in it does."""
    if (tree / ORIGIN).is_file():
        return (tree / ORIGIN).read_text().strip()
    newest = max((file.stat().st_mtime_ns for file in _sources(tree)), default=0)
    return f"{tree} {newest}"


def compilers(steps):
    """The first line of each compiler's --version, for those that are here."""
    said = []
    for name in ("cc", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"):
        try:
            output = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
        except FileNotFoundError:
            continue
        said.append(output.partition("\n")[0])
    return said


def _app(app):
    if app is None:
        return None
    return [[str(file), hashlib.sha256((app.folder / file).read_bytes()).hexdigest()] for file in app.files()]


def _sources(tree):
    for folder in ("py", "extmod", "shared", "ports", "drivers", "lib", "tools"):
        yield from (file for file in (tree / folder).rglob("*.[chm]*") if file.is_file())


def _hash(path):
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if _counts(file))
    return _digest([[str(file.relative_to(path)), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files])


def _counts(file):
    return file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
