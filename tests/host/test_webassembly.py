"""The WebAssembly image: MicroPython from npm, with what other boards freeze in its file system."""

import base64
import json
import re
import subprocess

import pytest

from firmware import boards, build, builders, emulate, sources, versions
from firmware.emulators import node
from firmware.errors import UserError

pytest_plugins = ["pytester"]

APP = """
from microdot import Microdot

app = Microdot()


@app.get("/")
def index(request):
    return "hello from " + __file__
"""
ASK = """
import sys
sys.path.insert(0, "/firmware/app")
from main import app
from microdot.test_client import TestClient
print(sys.platform, TestClient(app).get("/").text)
"""
HANGS = """
    def test_first():
        pass

    def test_hangs():
        while True:
            pass

    def test_last():
        import sys
        assert sys.platform == "webassembly"
    """


@pytest.fixture(scope="module")
def artifact():
    return build.build("webassembly")


def modules(artifact):
    """{path: contents} of the modules in the image."""
    table = re.search(r"^const MODULES = (\{.*?\});$", artifact.image.read_text(), re.DOTALL | re.MULTILINE)[1]
    return {path: base64.b64decode(text) for path, text in json.loads(table).items()}


def execute(artifact, source):
    return subprocess.run(node.command(artifact, source), capture_output=True, text=True, timeout=60)


def test_the_modules_are_compiled_as_for_freezing(artifact, tmp_path):
    found = modules(artifact)
    assert {"microdot/app.mpy", "microdot/wire.mpy", "asyncio/core.mpy", "testrunner.mpy"} <= set(found)
    assert {data[:2] for data in found.values()} == {b"M\x06"}
    mpy_cross = sources.mpy_cross()
    scratch = tmp_path / "again.mpy"
    source = boards.BOARDS.parent / "microdot" / "wire.py"
    subprocess.run([mpy_cross, "-O3", "-s", "microdot/wire.py", "-o", scratch, source], check=True)
    assert found["microdot/wire.mpy"] == scratch.read_bytes()


def test_the_framework_is_imported_from_the_image(artifact):
    told = execute(artifact, "import microdot.wire as wire; print(wire.__file__)")
    assert told.stdout == "/firmware/microdot/wire.mpy\n", told


def test_an_app_answers_in_it_wherever_it_lies(tmp_path, monkeypatch):
    (tmp_path / "main.py").write_text(APP)
    monkeypatch.setenv("MICRODOT_BUILD", str(tmp_path / "with space" / "%41"))
    made = build.build("webassembly", app=tmp_path)
    told = execute(made, ASK)
    assert told.stdout == "webassembly hello from /firmware/app/main.mpy\n", told


def test_an_error_is_told_without_the_source_of_the_runtime(artifact):
    failed = execute(artifact, "1 / 0")
    assert failed.returncode == 1 and "ZeroDivisionError" in failed.stderr
    assert len(failed.stderr) < 500


def test_random_bytes_are_not_the_same_twice(artifact):
    draws = {execute(artifact, "import os; print(os.urandom(16), len(os.urandom(16)))").stdout for _ in range(2)}
    assert len(draws) == 2 and all(draw.endswith(" 16\n") for draw in draws)


def test_two_builds_are_the_same(artifact, tmp_path, monkeypatch):
    monkeypatch.setenv("MICRODOT_BUILD", str(tmp_path))
    again = build.build("webassembly")
    assert again.fresh and again.image.read_bytes() == artifact.image.read_bytes()


def test_what_it_cannot_do_is_told():
    board = boards.load("webassembly")
    with pytest.raises(UserError, match="neither sockets nor a console"):
        emulate.boot(board, None)
    with pytest.raises(UserError, match="build it without --container"):
        build.build(board, container="docker", dry_run=True)
    job = builders.Job(board, "1.26.1", sources.tree_path("1.26.1"), None, None)
    with pytest.raises(UserError, match=f"is MicroPython {versions.MICROPYTHON} from npm"):
        builders.builder("webassembly").steps(job)


def test_a_hanging_test_is_ended_and_the_others_still_run(run, artifact):
    result = run(HANGS, "--target-timeout=1", target="webassembly")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*TargetTimeout: no end within * s on webassembly"])
