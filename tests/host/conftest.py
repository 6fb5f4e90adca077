"""Fixtures of the host tests."""

from pathlib import Path
from textwrap import dedent

import pytest

from firmware.paths import cache_dir

HELPER = Path(__file__).parent.parent / "portable" / "portable.py"
CACHE = cache_dir()  # asked before pytester makes a home of its own
_FAST = ("-p", "no:hypothesispytest", "-p", "no:anyio")  # importing these takes longer than a test
INI = """
[pytest]
addopts = --import-mode=importlib
pythonpath = tests/portable
"""


@pytest.fixture(scope="module")
def served_file(tmp_path_factory):
    """A file for applications to serve: 512,000 bytes of all kinds."""
    path = tmp_path_factory.mktemp("served") / "page.html"
    path.write_bytes(bytes(range(256)) * 2000)
    return path


@pytest.fixture
def run(pytester, unix_image, monkeypatch):
    """Run pytest over a project whose one module of portable tests is given; the lines of its output can be matched."""

    def run(source, *options, target="unix"):
        folder = pytester.path / "tests" / "portable"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "portable.py").write_text(HELPER.read_text())
        (folder / "test_it.py").write_text(dedent(source))
        pytester.makeini(INI)
        return again(*options, target=target)

    def again(*options, target="unix"):
        targets = target.replace("unix", f"unix:{unix_image}")
        return pytester.runpytest_inprocess("--target", targets, *_FAST, *options)

    monkeypatch.setenv("MICRODOT_CACHE", str(CACHE))
    run.again = again
    return run
