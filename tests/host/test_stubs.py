"""The type stubs: they say what the code says, type checkers find mistakes by them, and the wheel has them."""

# ruff: noqa: F811 - fixtures are imported, and named as parameters

import subprocess
import sys
import zipfile

import pytest
from examples import EXAMPLES, SOURCES
from servers import APPS, ROOT
from typing_stubs import FRAMEWORK, check, stubs  # noqa: F401


def test_the_stubs_are_true_to_the_code(stubs):
    # websocket_alt needs a module of MicroPython's, and has nothing that websocket has not
    (stubs / "allowed").write_text(r"microdot\.websocket_alt.*")
    options = ["--ignore-missing-stub", "--allowlist", "allowed", "--ignore-unused-allowlist"]
    result = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "microdot", "--concise", *options],
        cwd=stubs,
        env={"MYPYPATH": str(stubs), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_program_with_type_hints(stubs):
    lines = (APPS / "typed.py").read_text().splitlines()
    expected = [
        ("typed.py", number, line.split("# error: ")[1]) for number, line in enumerate(lines, 1) if "# error: " in line
    ]
    assert check(stubs, APPS, ["typed.py"], "--strict") == expected


@pytest.mark.parametrize("folder", sorted({path.parent for path in SOURCES}), ids=str)
def test_the_examples(stubs, folder):
    # they have no hints of their own, for empty lists say, and modules of boards are not here
    options = ["--check-untyped-defs", "--ignore-missing-imports", "--disable-error-code=var-annotated"]
    files = [path.name for path in SOURCES if path.parent == folder and path.name != "pins.py"]
    assert check(stubs, EXAMPLES / folder, files, *options) == []


def test_the_wheel_has_them(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    found = set(zipfile.ZipFile(wheel).namelist())
    assert {str(file.relative_to(ROOT)) for file in FRAMEWORK.rglob("*.pyi")} | {"microdot/py.typed"} <= found


def test_no_firmware_has_them(unix_image):
    image = unix_image.read_bytes()
    assert b"microdot/app.py" in image
    assert b".pyi" not in image and b"py.typed" not in image
