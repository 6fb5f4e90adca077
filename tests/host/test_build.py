"""`microdot build` as a user meets it: the real MicroPython is compiled, in copies of this checkout."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess

import pytest

from toolkit import Checkout, press_ctrl_c, small_disk, wait_until

_APP = """
from microdot import Microdot

app = Microdot()
GREETING = "hello"
"""


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A copy of the checkout whose first build was stopped by Ctrl-C; how that ended."""
    copy = Checkout.copied(tmp_path_factory.mktemp("another") / "place")
    process = copy.start("build", "unix")
    wait_until(lambda: list((copy.build / ".work").glob("*/out/py/*.o")))
    press_ctrl_c(process)
    _, err = process.communicate(timeout=30)
    work = next((copy.build / ".work").glob("unix-*"))
    (work / "out" / "py" / "gc.o").write_bytes(b"half an object file")  # newer than its source
    return copy, process.returncode, err, os.listdir(copy.build)


@pytest.fixture(scope="module")
def built(interrupted):
    """The copy of the checkout, with the unix image built after all, and the bytes that were made."""
    copy = interrupted[0]
    made = copy.run("build", "unix")
    assert made.status == 0, made
    return copy, {name: (artifact(copy) / name).read_bytes() for name in ("micropython", "micropython.elf")}


@pytest.fixture(scope="module")
def checkout(built):
    """The copy of the checkout, with the unix image built in it that has an app."""
    copy = built[0]
    (copy.folder / "hello").mkdir()
    (copy.folder / "hello" / "main.py").write_text(_APP)
    made = build(copy)
    assert made.status == 0, made
    return copy


def build(checkout, *args, **env):
    return checkout.run("build", "unix", "--app", "hello", *args, **env)


def artifact(checkout):
    return checkout.build / "unix"


def evaluate(checkout, code):
    """What `code` prints in the image, which is started where no file can hide a frozen module."""
    image = artifact(checkout) / "micropython"
    return subprocess.run(
        [image, "-c", code], cwd=artifact(checkout) / "fs", capture_output=True, text=True
    ).stdout.strip()


def test_ctrl_c_stops_a_build_that_leaves_no_artifact(interrupted):
    _, status, err, left = interrupted
    assert status == 130 and "stopped" in err and "Traceback" not in err
    assert left == [".work"]


def test_an_interrupted_build_starts_over_and_two_places_give_the_same_bytes(built, unix_image):
    for name, data in built[1].items():
        assert unix_image.with_name(name).read_bytes() == data, name


def test_build_json_tells_what_is_there(checkout):
    info = json.loads((artifact(checkout) / "build.json").read_text())
    assert (info["board"], info["port"], info["app"], info["micropython"]) == ("unix", "unix", "hello", "1.25.0")
    assert set(info["files"]) == {"image", "elf", "map"}
    for entry in info["files"].values():
        data = (artifact(checkout) / entry["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["size"], entry["sha256"])


def test_image_tells_what_went_into_it(checkout):
    info = json.loads((artifact(checkout) / "build.json").read_text())
    told = evaluate(
        checkout, "import _microdot_build as b; print(b.board, b.micropython, b.framework, b.revision, b.app)"
    )
    assert told == f"unix {info['micropython']} {info['framework']} {info['revision']} hello".replace("  ", "  ")
    assert "v1.25.0" in evaluate(checkout, "import sys; print(sys.version)")


def test_image_has_what_a_web_framework_needs(checkout):
    modules = "websocket tls select socket asyncio hashlib _thread deflate vfs microdot microdot.asyncio launcher"
    code = f"for name in '{modules}'.split(): __import__(name)\nimport hashlib, vfs\n"
    assert evaluate(checkout, code + "print(hashlib.sha1, hashlib.sha256, vfs.VfsRom)").startswith("<class 'sha1'>")


def test_framework_is_frozen_without_line_numbers(checkout):
    traceback = evaluate(
        checkout,
        "import sys, microdot.multidict as m\ntry:\n    m.MultiDict(1)\nexcept Exception as e:\n    sys.print_exception(e, sys.stdout)",
    )
    assert 'File "microdot/multidict.py", line 1, in' in traceback


def test_info_shows_the_same(checkout):
    shown = checkout.run("info", "unix", "--json")
    assert json.loads(shown.out) == json.loads((artifact(checkout) / "build.json").read_text())
    assert "1.25.0" in checkout.run("info", "unix").out


def test_nothing_changed_takes_no_time_and_says_so(checkout):
    before = os.stat(artifact(checkout) / "micropython")
    again = build(checkout)
    assert again.status == 0 and "up to date" in again.out
    assert again.seconds < 2
    assert os.stat(artifact(checkout) / "micropython").st_ino == before.st_ino


def test_a_changed_framework_file_is_all_that_is_compiled(checkout):
    file = checkout.folder / "microdot" / "multidict.py"
    file.write_text(file.read_text() + "\nCHANGED = 42\n")
    made = build(checkout)
    assert made.status == 0 and made.out.startswith("built"), made
    assert evaluate(checkout, "import microdot.multidict as m; print(m.CHANGED)") == "42"
    log = (artifact(checkout) / "build.log").read_text()
    assert "multidict.py" in log and "app.py" not in log
    # Debian's tree renews the header with the version at the second build, which these few include
    compiled = {line.split("/")[-1] for line in log.splitlines() if line.startswith("CC ")}
    assert compiled <= {"frozen_content.c", "modsys.c", "modos.c", "modplatform.c", "pyexec.c", "CC main.c"}


def test_a_changed_app_gets_frozen(checkout):
    (checkout.folder / "hello" / "main.py").write_text(_APP.replace('"hello"', '"good day"'))
    assert build(checkout).status == 0
    code = "import sys; sys.path.insert(0, '.frozen/app'); import main; print(main.GREETING)"
    assert evaluate(checkout, code) == "good day"


def test_a_broken_framework_file_leaves_the_last_good_image(checkout):
    file = checkout.folder / "microdot" / "multidict.py"
    good = file.read_text()
    before = (artifact(checkout) / "micropython").read_bytes()
    file.write_text(good + "\ndef broken(:\n")
    failed = build(checkout)
    file.write_text(good)
    assert failed.status == 1 and "multidict.py" in failed.err
    assert "Traceback (most recent call last)" not in failed.out and len(failed.err.splitlines()) < 20
    assert (artifact(checkout) / "micropython").read_bytes() == before
    assert build(checkout).status == 0


def test_a_damaged_artifact_is_made_again(checkout):
    image = artifact(checkout) / "micropython"
    image.write_bytes(image.read_bytes()[:-1] + b"?")
    assert checkout.run("info", "unix").status == 1
    made = build(checkout)
    assert made.status == 0 and made.out.startswith("built"), made
    assert checkout.run("info", "unix").status == 0


def test_a_compiler_error_shows_the_lines_that_matter_and_where_the_rest_is(checkout):
    config = checkout.folder / "boards" / "unix" / "mpconfigvariant.h"
    good = config.read_text()
    config.write_text(good + "\n#error this board is broken\n")
    failed = build(checkout)
    config.write_text(good)
    assert failed.status == 1 and "#error this board is broken" in failed.err
    assert len(failed.err.splitlines()) < 20
    log = failed.err.split("the full log is ")[1].split("\n")[0]
    assert "#error this board is broken" in open(log).read()
    assert checkout.run("info", "unix").status == 0


def test_a_missing_compiler_is_one_clear_line(checkout, tmp_path):
    for name in ("git", "make", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    failed = checkout.run("build", "unix", PATH=tmp_path)
    assert failed.status == 1 and len(failed.err.splitlines()) == 1
    assert "gcc" in failed.err and "install" in failed.err


def test_a_path_that_make_cannot_take_is_one_clear_line(tmp_path):
    for name, sign in (("with space", "' '"), ("it's", '"\'"')):
        refused = Checkout(work=tmp_path / name).run("build", "unix")
        assert refused.status == 1 and len(refused.err.splitlines()) == 1
        assert f"for the {sign} in it, name another folder by the variable MICRODOT_WORK" in refused.err
    copy = Checkout.copied(tmp_path / "my checkout")
    assert "move this checkout to another folder" in copy.run("build", "unix").err


def test_a_full_disk_is_one_clear_line(checkout, tmp_path):
    probe = subprocess.run(small_disk(tmp_path, "true"), capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a small disk cannot be mounted here, which takes root: {probe.stderr.strip()}")
    full = subprocess.run(
        small_disk(tmp_path, *checkout.command("build", "unix")),
        env=checkout.environment(MICRODOT_BUILD=tmp_path / "build"),
        cwd=checkout.folder,
        capture_output=True,
        text=True,
    )
    assert full.returncode == 1
    assert full.stderr.splitlines()[-1] == (
        "microdot: no space left on the disk, free some and run the same command again"
    )


@pytest.mark.parametrize("board", ["unix", "qemu_arm", "pico", "pico_w", "esp32", "esp8266"])
def test_dry_run_prints_commands_and_does_nothing(checkout, tmp_path, board):
    shown = checkout.run("build", board, "--dry-run", MICRODOT_BUILD=tmp_path / "build")
    assert shown.status == 0, shown
    assert str(checkout.folder / "boards" / board) in shown.out and "SOURCE_DATE_EPOCH=" in shown.out
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("board", ["unix", "qemu_arm"])
def test_a_warning_that_later_compilers_have_stops_no_build(tmp_path, board):
    words = shlex.split(Checkout().run("build", board, "--dry-run").out)
    flags = next(word for word in words if word.startswith("CFLAGS_EXTRA=")).partition("=")[2].split()
    (tmp_path / "warned.c").write_text("void f(void) { int unused; }")
    strict = ["cc", "-Wall", "-Werror", "-c", tmp_path / "warned.c", "-o", tmp_path / "warned.o"]
    assert subprocess.run(strict, capture_output=True).returncode
    assert subprocess.run([*strict, *flags], capture_output=True).returncode == 0


def test_dry_run_shows_the_container(checkout, tmp_path):
    shown = checkout.run("build", "esp32", "--container", "--dry-run", MICRODOT_BUILD=tmp_path / "build")
    assert shown.status == 0, shown
    assert "espressif/idf:v5.4" in shown.out and "idf.py" in shown.out and "makeimg.py" in shown.out


def test_boards_without_their_sdk_say_what_is_missing(checkout):
    for board, missing in (("esp32", "IDF_PATH"), ("esp8266", "xtensa-lx106-elf-gcc")):
        failed = checkout.run("build", board, PATH="/usr/bin:/bin", IDF_PATH="")
        assert failed.status == 1 and missing in failed.err and "--container" in failed.err
        assert len(failed.err.splitlines()) == 1


IDF = """#!/bin/sh
# stands in for the ESP-IDF, which no package registry has: leaves what idf.py would leave
echo "$@" > "$IDF_PATH/said"
while [ "$1" != "-B" ]; do shift; done
mkdir -p "$2" && cd "$2" && for name in micropython.bin micropython.elf micropython.map; do echo $name > $name; done
"""
MAKEIMG = "import sys\nopen(sys.argv[5], 'wb').write(b'image')\n"


def test_an_esp32_build_ends_in_an_image_and_a_page_that_flashes_it(checkout, tmp_path):
    tree, idf = tmp_path / "micropython", tmp_path / "idf"
    for file in ("py/mpconfig.h", "lib/berkeley-db-1.xx/README", "lib/tinyusb/README", "ports/esp32/makeimg.py"):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        (tree / file).write_text(MAKEIMG)
    idf.mkdir()
    (idf / "idf.py").write_text(IDF)
    (idf / "idf.py").chmod(0o755)
    place = {"MICROPYTHON_DIR": tree, "IDF_PATH": idf, "PATH": f"{idf}:{os.environ['PATH']}"}
    built = checkout.run("build", "esp32", MICRODOT_BUILD=tmp_path / "build", **place)
    assert built.status == 0, built
    made = tmp_path / "build" / "esp32"
    assert f"MICROPY_BOARD_DIR={checkout.folder}/boards/esp32" in (idf / "said").read_text()
    assert set(json.loads((made / "build.json").read_text())["files"]) == {"image", "app", "elf", "map"}
    page = json.loads((made / "manifest.json").read_text())
    assert page["builds"] == [{"chipFamily": "ESP32", "parts": [{"path": "firmware.bin", "offset": 0x1000}]}]
    assert (made / "firmware.bin").read_bytes() == b"image" and (made / "index.html").is_file()


def test_a_board_of_ones_own_outside_the_repo(checkout, tmp_path):
    made = checkout.run("new", "board", "mine", "--like", "unix", cwd=tmp_path)
    assert made.status == 0, made
    listed = json.loads(checkout.run("boards", "--json", cwd=tmp_path).out)
    assert "mine" in [row["name"] for row in listed]
    shown = checkout.run("build", "mine", "--boards", tmp_path / "boards", "--dry-run")
    assert f"VARIANT_DIR={tmp_path}/boards/mine" in shown.out


@pytest.mark.slow
@pytest.mark.parametrize("board", ["qemu_arm", "qemu_riscv", "pico"])
def test_two_places_give_the_same_bytes_for_boards(tmp_path, board):
    places = [Checkout.copied(tmp_path / name) for name in ("one", "another/place")]
    for place in places:
        made = place.run("build", board, timeout=900)
        assert made.status == 0, made
    one, another = (json.loads((place.build / board / "build.json").read_text())["files"] for place in places)
    kinds = set(one) - {"map"}  # which lists the paths of this machine
    assert {kind: one[kind] for kind in kinds} == {kind: another[kind] for kind in kinds}


@pytest.mark.slow
def test_another_micropython(checkout, tmp_path):
    built = checkout.run("build", "unix", MICROPYTHON="1.26.1", MICRODOT_BUILD=tmp_path)
    assert built.status == 0, built
    image = tmp_path / "unix" / "micropython"
    assert (
        "v1.26.1"
        in subprocess.run([image, "-c", "import sys; print(sys.version)"], capture_output=True, text=True).stdout
    )


def test_an_unknown_micropython_is_refused(checkout):
    failed = checkout.run("build", "unix", "--micropython", "0.9")
    assert failed.status == 1 and "'0.9'" in failed.err and "1.25.0" in failed.err
