"""Source packages from Debian, fetched as any user and authenticated with the archive's keyring.

The mirror is the machine's own; the suite may be a later one than the machine runs. apt checks the suite's signature and
the hash of every file, and repeats what is damaged.
"""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from firmware import shell
from firmware.errors import UserError
from firmware.paths import cache_dir
from firmware.versions import KNOWN

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def micropython(version, work, progress=None):
    """Unpack MicroPython `version` into the empty folder `work`, from the first suite that has it; return its origin.

    :raises UserError: naming the versions that the suites do have.
    """
    offers = []
    for suite in KNOWN[version]["suites"]:
        apt = _suite(suite, "deb-src", mirror(), progress)
        offered = apt.versions("micropython")
        exact = next((full for full in offered if upstream_version(full) == version), None)
        if exact:
            unpack(apt.download(f"micropython={exact}", progress), work, progress)
            return f"Debian {suite} micropython {exact}"
        offers += [f"{suite} has {upstream_version(full)}" for full in offered]
    raise UserError(f"Debian has no source of MicroPython {version} now ({', '.join(offers) or 'nothing found'})")


def upstream_version(full):
    """The upstream part of a Debian version: '1.25.0+ds-1' -> '1.25.0'."""
    return re.split(r"[+~-]", full.split(":")[-1])[0]


def unpack(dsc, work, progress=None):
    """Unpack the source package `dsc` with Debian's patches applied, so that `work` is its root."""
    out = work / "package"
    shell.run(["dpkg-source", "--no-copy", "-x", dsc, out], step="unpack", progress=progress)
    _lift(work, out)


#: library of MicroPython's lib/ -> the package of _LIBRARY_SUITE that has it: a source package's tarball, or for
#: tinyusb the folder inside a binary package
_LIBRARIES = {
    "lib/pico-sdk": ("pico-sdk", ""),
    "lib/lwip": ("lwip", ""),
    "lib/mbedtls": ("mbedtls", ""),
    "lib/tinyusb": ("tinyusb-source", "usr/src/tinyusb"),
}
_LIBRARY_SUITE = "trixie"


def has(path):
    """Whether the library `path` ("lib/pico-sdk") can be had from Debian."""
    return path in _LIBRARIES


def library(path, work, progress=None):
    """Unpack the library `path` ("lib/pico-sdk") into the empty folder `work`; return its origin.

    :raises UserError: when Debian has it not.
    """
    if path not in _LIBRARIES:
        raise UserError(
            f"{path} is in no Debian package, set MICROPYTHON_DIR to a git clone of MicroPython with its submodules "
            f"(or forget the tree in {cache_dir() / 'micropython'} and build where GitHub is within reach)"
        )
    package, inside = _LIBRARIES[path]
    apt = _suite(_LIBRARY_SUITE, "deb" if inside else "deb-src", mirror(), progress)
    if inside:
        file = apt.download_binary(package, progress)
        shell.run(["dpkg-deb", "-x", file, work / "package"], step=f"unpack {package}", progress=progress)
        _lift(work, work / "package" / inside)
    else:
        file = apt.download_tarball(package, progress)
        (work / "package").mkdir()
        shell.run(["tar", "-xf", file, "-C", work / "package"], step=f"unpack {package}", progress=progress)
        _lift(work, next((work / "package").iterdir()))
    return f"Debian {_LIBRARY_SUITE} {file.name}"


def _lift(work, inner):
    """Make the content of `inner`, somewhere below `work`, the content of `work`."""
    for entry in inner.iterdir():
        entry.rename(work / entry.name)
    shutil.rmtree(work / inner.relative_to(work).parts[0])


@functools.cache
def _suite(name, kind, mirror, progress):
    """The suite with its lists as they are now; several packages of one build share them."""
    return Suite(name, kind, mirror, progress)


class Suite:
    """One Debian suite, its sources ("deb-src") or programs ("deb"), in an apt configuration that the machine's own
    knows nothing of, and that goes with this process."""

    def __init__(self, name, kind, mirror, progress=None):
        self._temporary = tempfile.TemporaryDirectory(prefix="microdot-apt-")
        self.folder = Path(self._temporary.name)
        for part in ("lists/partial", "cache/archives/partial", "parts"):
            (self.folder / part).mkdir(parents=True)
        (self.folder / "sources.list").write_text(f"{kind} [signed-by={_KEYRING}] {mirror} {name} main\n")
        self._apt("update", "-q", step=f"read Debian {name}", progress=progress)

    def versions(self, source):
        """The versions of the source package `source` in the suite."""
        listing = self._apt("showsrc", "--only-source", source, program="apt-cache")
        return re.findall(r"^Version: (\S+)$", listing, re.MULTILINE)

    def download(self, spec, progress=None):
        """Download the source package `spec` ("name" or "name=version") and return its .dsc file."""
        return self._download("source --download-only -q", spec, "*.dsc", progress)

    def download_tarball(self, name, progress=None):
        """Download upstream's tarball of the source package `name` and return it."""
        return self._download("source --tar-only --download-only -q", name, "*.orig.tar.*", progress)

    def download_binary(self, name, progress=None):
        """Download the binary package `name` and return the .deb file."""
        return self._download("download -q", name, "*.deb", progress)

    def _download(self, command, spec, pattern, progress):
        """Download once more if what came was not what the signed list says."""
        folder = self.folder / "downloads" / spec
        for attempt in (1, 2):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._apt(*command.split(), spec, cwd=folder, step=f"download {spec}", progress=progress)
                return next(folder.glob(pattern))
            except shell.CommandFailed:
                shutil.rmtree(folder)
                if attempt == 2:
                    raise

    def _apt(self, *args, program="apt-get", step="", **kwargs):
        options = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "parts",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Sandbox::User": "",  # the private folder belongs to the user, not to _apt
            "Acquire::Retries": "2",
            "APT::Update::Error-Mode": "any",  # else lists that cannot be had are a warning
            "Acquire::Languages": "none",
            "Acquire::http::Timeout": "20",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        env = {"LC_ALL": "C", "TMPDIR": self.folder}  # apt leaves its temporary files where Ctrl-C ends it
        return shell.run([program, *words, *args], step=step or program, env=env, **kwargs)


def mirror():
    """The address of the Debian mirror that this machine uses, or MICRODOT_DEBIAN_MIRROR.

    :raises UserError: where there is none, or no keyring to authenticate it.
    """
    chosen = os.environ.get("MICRODOT_DEBIAN_MIRROR")
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        raise UserError("this machine has no apt and dpkg-dev to fetch Debian's source with")
    if not _KEYRING.is_file():
        raise UserError("the keyring that authenticates Debian's source is missing, install debian-archive-keyring")
    if chosen:
        return chosen
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)", "Created-By: Packages"]
    listing = subprocess.run(ask, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        uri, _, label = line.partition(" ")
        if label == "Debian":
            return uri
    raise UserError("this machine names no Debian mirror, set MICRODOT_DEBIAN_MIRROR to one")
