"""The type stubs of the framework by themselves, and what mypy finds with them."""

import re
import shutil

import pytest
from mypy import api
from servers import ROOT

FRAMEWORK = ROOT / "microdot"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """The stubs by themselves, so that nothing is taken from the code."""
    folder = tmp_path_factory.mktemp("stubs")
    for file in [*FRAMEWORK.rglob("*.pyi"), FRAMEWORK / "py.typed"]:
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder


def check(stubs, folder, files, *options):
    """What mypy finds in programs of one folder, as (file, line, kind of the error)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPYPATH", str(stubs))
        patch.chdir(folder)
        report, problems, _ = api.run([*map(str, files), "--cache-dir", str(stubs / "cache"), *options])
    assert problems == ""
    return [
        (name, int(line), kind) for name, line, kind in re.findall(r"^(\S+?):(\d+): error: .*\[(\S+)\]$", report, re.M)
    ]
