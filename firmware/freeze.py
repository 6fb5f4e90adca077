"""Write what a build freezes: one manifest that joins the board's own, the framework, the app and the build's facts."""

import subprocess
from pathlib import Path

from firmware import __version__, apps, bundle
from firmware.paths import DEVICE, FRAMEWORK, PORTS, ROOT, is_checkout

#: the frozen module that tells a device what it runs
FACTS_MODULE = "_microdot_build"


def prepare(job, app):
    """Fill the work folder of `job` with the manifest and the generated modules of a build; unchanged files keep their dates."""
    work = job.work
    modules, data = work / "app", work / "data"
    if app:
        bundle.stage(app, modules, data, version=job.version)
    else:
        apps.mirror({}, modules)
        apps.mirror({}, data)
    write(work / "frozen" / f"{FACTS_MODULE}.py", _facts_module(facts(job, app)))
    write(work / "lib" / "microdot" / "manifest.py", _framework_manifest(job.board.port))
    write(work / "micropython-lib" / "README.md", "Stands in for micropython-lib where the source tree has none.\n")
    write(job.manifest, _manifest(job))


def facts(job, app):
    """The versions and names that go into the image and into build.json."""
    return {
        "board": job.board.name,
        "port": job.board.port,
        "micropython": job.version,
        "framework": __version__,
        "revision": revision(),
        "app": app.name if app else "",
    }


def revision():
    """The git revision that last changed what is frozen, with '-dirty' when files differ from it; '' outside git."""
    if not is_checkout():
        return ""
    paths = [str(FRAMEWORK), str(DEVICE), str(ROOT / "manifest.py")]
    head = _git("log", "-1", "--format=%h", "--abbrev=10", "--", *paths)
    dirty = _git("status", "--porcelain", "--", *paths)
    return f"{head}-dirty" if head and dirty else head


def write(path, text):
    """Write `text` to `path` unless it is there already."""
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _git(*args):
    try:
        return subprocess.run(["git", "-C", ROOT, *args], capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def _facts_module(values):
    return "".join(f"{name} = {value!r}\n" for name, value in values.items())


def _framework_manifest(port):
    return (
        "options.defaults(groups=None, testrunner=True)\n"
        f"include({str(ROOT / 'manifest.py')!r}, framework={str(FRAMEWORK)!r}, device={str(DEVICE)!r},\n"
        f"        groups=options.groups, testrunner=options.testrunner, link={port!r})\n"
    )


def _manifest(job):
    work = job.work
    lines = [
        f"add_library('microdot', {str(work / 'lib')!r}, prepend=True)",
        f"include({str(job.board.manifest)!r})",
        f"freeze({str(work / 'frozen')!r}, opt=3)",
    ]
    port = PORTS / job.board.port / "manifest.py"
    if port.is_file():
        lines.append(f"include({str(port)!r})")
    if any(Path(work / "app").rglob("*.py")):
        lines.append(f"freeze({str(work / 'app')!r}, opt=0)")
    return "\n".join(lines) + "\n"
