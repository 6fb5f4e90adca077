"""What the toolkit needs of the machine itself: programs and libraries, by port, with the packages that bring them.

Standard library only: scripts/setup.py uses this before anything is installed.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from firmware import posix
from firmware.errors import UserError

_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"  # Debian's packages for it begin with this
_COMPILER = {"cc": "gcc", "make": "make", "include/stdio.h": "libc6-dev"}
_NODE = {"node": "nodejs", "npm": "npm"}
_ARM = {"arm-none-eabi-gcc": "gcc-arm-none-eabi", "make": "make"}

#: port -> {what must be there: Debian package}; a name with a slash is a file below one of _ROOTS
NEEDS = {
    "venv": {"python:ensurepip": f"{_PYTHON}-venv"},
    "base": {"git": "git", "dpkg-source": "dpkg-dev", "ca-certificates.crt/": "ca-certificates"},
    "unix": {
        **_COMPILER,
        "pkg-config": "pkgconf",
        "include/ffi.h": "libffi-dev",
        "include/mbedtls/ssl.h": "libmbedtls-dev",
    },
    "qemu_arm": {**_ARM, "newlib/libc.a": "libnewlib-arm-none-eabi", "qemu-system-arm": "qemu-system-arm"},
    "qemu_riscv": {
        "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
        "make": "make",
        "picolibc/libc.a": "picolibc-riscv64-unknown-elf",
        "qemu-system-riscv32": "qemu-system-misc",
    },
    "rp2": {
        **_ARM,
        "cmake": "cmake",
        "newlib/libc.a": "libnewlib-arm-none-eabi",
        "newlib/libstdc++.a": "libstdc++-arm-none-eabi-newlib",
        "cc": "gcc",
        "c++": "g++",
    },
    "browser": {"chromium": "chromium", "chromedriver": "chromium-driver"},
    # for scripts/bench.py
    "unix32": {"include/gnu/stubs-32.h": "gcc-multilib"},
    "callgrind": {"valgrind": "valgrind"},
    # emulators
    "node": _NODE,
    "rp2040js": _NODE,
    "rp2040js-ppp": {**_NODE, "slirp-fullbolt": "slirp"},
    # what the test suite drives besides
    "tests": {"curl": "curl", "openssl": "openssl", "python/Python.h": f"{_PYTHON}-dev"},
    "esp8266": {"make": "make"},
    "esp32": {"cmake": "cmake", "ninja": "ninja-build", "make": "make"},
}

#: where a file of NEEDS is looked for, by its first word
_ROOTS = {
    "include": (
        *("/usr/include", "/usr/include/*-linux-gnu", "/usr/local/include"),
        # macOS: Homebrew, and Apple's compiler
        *("/opt/homebrew/include", "/opt/homebrew/opt/*/include"),
        "/Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include",
    ),
    "python": (sysconfig.get_path("include"),),
    "newlib": ("/usr/lib/arm-none-eabi/lib", "/usr/arm-none-eabi/lib", "/opt/homebrew/arm-none-eabi/lib"),
    "picolibc": ("/usr/lib/picolibc/riscv64-unknown-elf/lib",),
    "ca-certificates.crt": ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs", "/etc/ssl/cert.pem"),
}


#: what apt knows of packages, which fresh machines and containers have yet to fetch
_APT_LISTS = Path("/var/lib/apt/lists")


def missing(*groups):
    """What `groups` of NEEDS ask for and this machine lacks, as {need: package}."""
    wanted = {}
    for group in groups:
        wanted.update(NEEDS.get(group, {}))
    return {need: package for need, package in wanted.items() if not _present(need)}


def ensure(*groups):
    """Make sure that everything `groups` ask for is there: installed when this is root on Debian, else asked for.

    :raises UserError: with the one command that installs what is missing.
    """
    lacking = missing(*groups)
    if lacking and can_install():
        install(lacking.values())
        lacking = missing(*groups)
    if lacking:
        names = ", ".join(need.removeprefix("python:").rstrip("/") for need in lacking)
        raise UserError(f"this machine lacks {names}, install with: {install_command(lacking.values())}")


def can_install():
    """Whether packages can be installed without asking anyone: root, on a system with apt."""
    return posix.is_root() and shutil.which("apt-get") is not None


def install_command(packages):
    """The one command that a person types to install `packages`."""
    names = " ".join(sorted(set(packages)))
    if shutil.which("apt-get"):
        sudo = "" if posix.is_root() else "sudo "
        update = "" if any(_APT_LISTS.glob("*_Packages*")) else f"{sudo}apt-get update && "
        return f"{update}{sudo}apt-get install -y {names}"
    return f"your system's package manager (Debian calls the packages: {names})"


def install(packages):
    """Install Debian `packages`; the package lists are fetched only if the ones here do not do.

    :raises UserError: when apt cannot; its own last lines are the detail.
    """
    names = sorted(set(packages))
    print(f"installing {' '.join(names)}", file=sys.stderr, flush=True)  # what a command prints may be JSON
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    for attempt in (command, ["apt-get", "update", "-q"], command):
        result = subprocess.run(attempt, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if attempt is command and result.returncode == 0:
            return
    raise UserError(f"apt-get could not install {' '.join(names)}", detail="\n".join(result.stdout.splitlines()[-8:]))


def _present(need):
    if need.startswith("python:"):
        return importlib.util.find_spec(need.removeprefix("python:")) is not None
    if need == "dpkg-source" and not shutil.which("apt-get"):
        return True  # sources come from GitHub alone where there is no Debian to ask
    if "/" not in need:
        return shutil.which(need) is not None
    group, _, rest = need.partition("/")
    return any(_exists(root, rest) for root in _ROOTS[group])


def _exists(root, rest):
    base = Path("/")
    return any((path / rest).exists() if rest else path.exists() for path in base.glob(root.lstrip("/")))
