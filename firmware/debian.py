"""Source packages from Debian, fetched as any user and authenticated with the archive's keyring.

The mirror is the machine's own; the suite may be a later one than the machine runs. apt checks the suite's signature and
the hash of every file, and repeats what is damaged.
"""

import os
import re
import shutil
import subprocess
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
        apt = Suite(suite)
        apt.update(progress)
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
    out = work / "tree"
    shell.run(["dpkg-source", "--no-copy", "-x", dsc, out], step="unpack", progress=progress)
    for entry in out.iterdir():
        entry.rename(work / entry.name)
    out.rmdir()


class Suite:
    """One Debian suite through a private apt configuration, which leaves the machine's own alone."""

    def __init__(self, name):
        self.name = name
        self.folder = cache_dir() / "debian" / name
        self.downloads = self.folder / "downloads"

    def update(self, progress=None):
        """Fetch the suite's signed list of packages."""
        self._configure()
        self._apt("update", "-q", step=f"read Debian {self.name}", progress=progress)

    def versions(self, source):
        """The versions of the source package `source` in the suite."""
        listing = self._apt("showsrc", "--only-source", source, program="apt-cache")
        return re.findall(r"^Version: (\S+)$", listing, re.MULTILINE)

    def download(self, spec, progress=None):
        """Download the source package `spec` ("name" or "name=version") and return its .dsc file."""
        self.downloads.mkdir(parents=True, exist_ok=True)
        command = ("source", "--download-only", "-q", spec)
        self._apt(*command, cwd=self.downloads, step=f"download {spec}", progress=progress)
        return max(self.downloads.glob(f"{spec.partition('=')[0]}_*.dsc"), key=lambda path: path.stat().st_mtime)

    def clean(self):
        """Forget the lists and downloads."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self):
        for part in ("lists/partial", "cache/archives/partial", "parts"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={_KEYRING}] {mirror()} {self.name} main\n"
        (self.folder / "sources.list").write_text(f"deb-src {signed}")

    def _apt(self, *args, program="apt-get", step="", **kwargs):
        options = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "parts",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Sandbox::User": "",  # the private folder belongs to the user, not to _apt
            "Acquire::Retries": "3",
            "Acquire::Languages": "none",
            "Acquire::http::Timeout": "20",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return shell.run([program, *words, *args], step=step or program, env={"LC_ALL": "C"}, **kwargs)


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
