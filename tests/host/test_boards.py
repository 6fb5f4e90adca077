"""Every board that ships: its board.json, what it freezes, its partition table and configuration."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from firmware import boards, build, builders, freeze, partitions, scaffold, sources, system, versions, webflash
from firmware.errors import UserError

NAMES = boards.all_names()
ESP32S = [name for name in NAMES if boards.load(name).port == "esp32"]

#: boot loader offset of each chip, from Espressif's technical reference manuals
OFFSETS = {"esp32": 0x1000, "esp32s2": 0x1000, "esp32s3": 0, "esp32c3": 0, "esp32c6": 0, "esp8266": 0}

LIST_FROZEN = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/tools")
import manifestfile
paths = {"MPY_DIR": sys.argv[1], "MPY_LIB_DIR": sys.argv[2], "PORT_DIR": sys.argv[3], "BOARD_DIR": sys.argv[4]}
manifest = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, paths)
manifest.execute(sys.argv[5])
print(json.dumps([[file.target_path, file.opt] for file in manifest.files()]))
"""


@pytest.fixture(scope="module")
def tree():
    return sources.micropython_tree()


def frozen(board, tree, work):
    """{path: optimisation level} of what the image of `board` freezes, as MicroPython's own tool reads the manifests."""
    job = builders.Job(board, versions.MICROPYTHON, tree, work, mpy_cross=None)
    freeze.prepare(job, None)
    words = [tree, job.mpy_lib, job.port_dir, board.path, job.manifest]
    listed = subprocess.run([sys.executable, "-c", LIST_FROZEN, *words], capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    return dict(json.loads(listed.stdout))


def test_the_boards_of_the_plan_are_there():
    assert set(NAMES) >= {
        *("unix", "qemu_arm", "qemu_riscv", "pico", "pico_ppp", "pico_w", "pico2_w"),
        *("esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c6", "esp8266"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_board_is_complete(name):
    board = boards.load(name)
    assert board.product and board.mcu and board.artifact
    assert all(re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", usb) for usb in board.usb)


@pytest.mark.parametrize("name", NAMES)
def test_board_starts_from_one_that_the_port_has(name, tree):
    board = boards.load(name)
    if board.upstream:
        assert (tree / "ports" / board.port / "boards" / board.upstream).is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_board_freezes_the_framework_without_line_numbers(name, tree, tmp_path):
    files = frozen(boards.load(name), tree, tmp_path)
    for module in ("microdot/app.py", "microdot/wire.py", "asyncio/core.py", "launcher.py", "_microdot_build.py"):
        assert module in files
    assert {level for path, level in files.items() if path.startswith("microdot/")} == {3}
    assert not [path for path in files if "wsgi" in path or "asgi" in path or "jinja" in path]


def test_groups_pick_what_is_frozen(tree, tmp_path):
    files = frozen(boards.load("esp8266"), tree, tmp_path)
    assert "microdot/session.py" in files and "microdot/asyncio/websocket.py" in files
    assert "microdot/auth.py" not in files and "microdot/microdot.py" not in files and "testrunner.py" not in files


def test_every_group_names_files_that_are_there():
    text = (boards.BOARDS.parent / "manifest.py").read_text()
    scope = {
        "options": SimpleNamespace(defaults=lambda **_: None, groups=(), framework="", device="", testrunner=False, link=None)
    }
    calls = {name: lambda *args, **kwargs: None for name in ("include", "package", "module")}
    scope.update(calls)
    exec(text, scope)
    named = [file for files in scope["GROUPS"].values() for file in files] + list(scope["HOST_ONLY"])
    framework = boards.BOARDS.parent / "microdot"
    assert [name for name in named if not (framework / name).exists()] == []


@pytest.mark.parametrize("name", ESP32S)
def test_esp32_table_has_two_app_slots_and_romfs(name):
    board = boards.load(name)
    table = partitions.read((board.path / "partitions.csv").read_text())
    assert list(partitions.check(table, partitions.flash_bytes(board.flash["size"]))) == []
    parts = {part.name: part for part in table}
    assert parts["ota_0"].size == parts["ota_1"].size == board.limits["flash"]
    assert (parts["otadata"].type, parts["otadata"].subtype) == ("data", "ota")
    assert parts["romfs"].size == board.romfs and parts["romfs"].type == "data"
    assert table[-1].name == "vfs" and table[-1].end == partitions.flash_bytes(board.flash["size"])


@pytest.mark.parametrize(
    "text, problem",
    [
        ("a, app, ota_0, 0x11000, 0x1000", "not aligned to 0x10000"),
        ("a, data, nvs, 0x9000, 0x2000\nb, data, nvs, 0xa000, 0x1000", "begins before 0xb000"),
        ("a, data, nvs, 0x8000, 0x1000", "begins before 0x9000"),
        ("a, data, fat, 0x200000, 0x300000", "more than the 0x400000 bytes"),
        ("a, data, nvs, 0x9000, 0x1000\na, data, nvs, 0xa000, 0x1000", "same name"),
        ("a, data, fat, 0x20000, 0x1000\nb, data, nvs, 0x1f000, 0x2000", "begins before 0x21000"),
        ("a, data, ota, 0x9000, 0x1000", "needs to have 0x2000 bytes"),
        ("a, data, ota, 0x9000, 0x2000\nb, data, ota, 0xb000, 0x2000", "two partitions are for the data of updates"),
        ("a, date, nvs, 0x9000, 0x1000", "has the type 'date'"),
        ("a, data, romfs, 0x9000, 0x1000", "has the subtype 'romfs'"),
        ("a, app, nvs, 0x10000, 0x1000", "has the subtype 'nvs'"),
        ("a_name_of_17_byte, data, nvs, 0x9000, 0x1000", "more than 16 bytes"),
    ],
)
def test_bad_partition_tables_are_refused(text, problem):
    assert any(problem in found for found in partitions.check(partitions.read(text), 4 << 20))


def test_tables_may_leave_offsets_out_and_count_in_k_and_m():
    table = partitions.read(
        "nvs, data, nvs, , 24K\nfactory, app, factory, , 1M,\nrom, data, 0x8f, , 0x1000, encrypted\n"
    )
    assert [(part.offset, part.size) for part in table] == [
        (0x9000, 0x6000),
        (0x10000, 0x100000),
        (0x110000, 0x1000),
    ]
    assert list(partitions.check(table, 2 << 20)) == []


def test_partition_line_that_is_none_is_named():
    with pytest.raises(ValueError, match="line 2 should be"):
        partitions.read("# name\nnvs, data, nvs\n")


@pytest.mark.parametrize("name", [name for name in NAMES if boards.load(name).flash.get("method") == "esptool"])
def test_esp_image_is_flashed_where_the_chip_boots(name):
    board = boards.load(name)
    data = json.loads((board.path / "board.json").read_text())
    assert int(board.flash["offset"], 0) == OFFSETS[board.chip]
    if "deploy_options" in data:
        assert data["deploy_options"]["flash_offset"] == board.flash["offset"]


@pytest.mark.parametrize("name", ESP32S)
def test_esp32_sdkconfig_files_exist_and_are_settings(name, tree, tmp_path):
    board = boards.load(name)
    files = sdkconfigs(board, tree, tmp_path)
    settings = [line for file in files for line in file.read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in settings if not re.fullmatch(r"CONFIG_[A-Z0-9_]+=.*", line)] == []
    last = dict(line.split("=", 1) for line in settings)
    assert last["CONFIG_PARTITION_TABLE_CUSTOM_FILENAME"] == f'"{board.path}/partitions.csv"'
    assert last["CONFIG_PARTITION_TABLE_CUSTOM"] == "y" and last["CONFIG_COMPILER_OPTIMIZATION_SIZE"] == "y"
    assert last[f"CONFIG_ESPTOOLPY_FLASHSIZE_{board.flash['size']}"] == "y"


def sdkconfigs(board, tree, tmp_path):
    """The files that the board's mpconfigboard.cmake hands to the ESP-IDF, as cmake itself reads it."""
    system.ensure("esp32")
    script = tmp_path / "CMakeLists.txt"
    script.write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(ask NONE)\n"
        f'set(MICROPY_BOARD_DIR "{board.path}")\nset(MICRODOT_PORT_DIR "{boards.BOARDS.parent}/firmware/ports/esp32")\n'
        f'include("{board.path}/mpconfigboard.cmake")\nmessage("FILES ${{SDKCONFIG_DEFAULTS}}")\n'
    )
    (tmp_path / "boards").symlink_to(tree / "ports" / "esp32" / "boards")
    asked = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "out"], capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    names = re.search(r"^FILES (.*)$", asked.stderr, re.MULTILINE)[1].split(";")
    return [tmp_path / name for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_headers_of_the_port_that_a_board_includes_exist(name, tree):
    board = boards.load(name)
    port = tree / "ports" / board.port
    for header in board.path.glob("mpconfig*.h"):
        for wanted in re.findall(r'#include "([^"]+)"', header.read_text()):
            assert any((folder / wanted).is_file() for folder in (port, tree, board.path)), f"{header}: {wanted}"


def test_browser_flashing_manifest():
    board = boards.load("esp32c3")
    facts = {"app": "blog", "framework": "1.0", "micropython": "1.25.0", "revision": "abc"}
    made = webflash.files(board, facts)
    assert json.loads(made["manifest.json"]) == {
        "name": "blog on ESP32-C3",
        "version": "1.0 (MicroPython 1.25.0)",
        "new_install_prompt_erase": True,
        "builds": [{"chipFamily": "ESP32-C3", "parts": [{"path": "firmware.bin", "offset": 0}]}],
    }
    assert '<esp-web-install-button manifest="manifest.json">' in made["index.html"]
    assert webflash.files(boards.load("unix"), facts) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_of_a_board_is_complete(name, tmp_path):
    copy = scaffold.board("mine", name, tmp_path)
    for file in copy.rglob("*"):
        if file.is_file() and file.name != "board.json":
            assert "../" not in file.read_text(), file


def own_board(folder, **changes):
    data = json.loads((boards.BOARDS / "unix" / "board.json").read_text())
    data["microdot"].update(changes)
    (folder / "mine").mkdir()
    (folder / "mine" / "board.json").write_text(json.dumps(data))
    (folder / "mine" / "manifest.py").touch()
    return folder


def test_own_board_hides_the_toolkits(tmp_path):
    own_board(tmp_path)
    (tmp_path / "mine").rename(tmp_path / "unix")
    assert boards.load("unix", [tmp_path]).path == tmp_path / "unix"
    assert [board.name for board in boards.all_boards([tmp_path])] == NAMES


def test_boards_beside_an_app_are_found(tmp_path):
    (tmp_path / "boards").mkdir()
    own_board(tmp_path / "boards")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").touch()
    assert boards.beside(tmp_path / "app") == [tmp_path / "boards"]
    assert boards.beside(tmp_path / "app" / "main.py") == [tmp_path / "boards"]


@pytest.mark.parametrize(
    "changes, problem",
    [
        ({"port": "stm64"}, "names the port 'stm64', which is none of: unix"),
        ({"color": "red"}, "unknown key 'microdot.color'"),
        ({"romfs": "big"}, "needs 'microdot.romfs' as a number"),
        ({"limits": {"flash": "1MB"}}, "needs 'microdot.limits.flash' as a number"),
        ({"flash": {"method": "ftp"}}, "needs 'microdot.flash.method' as one of: esptool, uf2"),
        ({"flash": {"method": "uf2", "size": 4}}, "needs 'microdot.flash.size' as a text"),
        ({"usb": [303]}, "needs 'microdot.usb' as a list of texts"),
    ],
)
def test_wrong_board_json_is_refused_in_one_line(tmp_path, changes, problem):
    own_board(tmp_path, **changes)
    with pytest.raises(UserError, match=problem):
        boards.load("mine", [tmp_path])


def test_board_json_that_is_no_json_is_named(tmp_path):
    own_board(tmp_path)
    (tmp_path / "mine" / "board.json").write_text("{")
    with pytest.raises(UserError, match="mine/board.json is no valid JSON"):
        boards.load("mine", [tmp_path])


def test_misspelt_board_gets_a_suggestion():
    with pytest.raises(UserError, match="no board 'esp32s4', did you mean esp32s"):
        boards.load("esp32s4")


def test_artifact_of_another_build_is_none(tmp_path):
    assert build.read(tmp_path) is None
    (tmp_path / "build.json").write_text('{"files": {"image": {"name": "x", "sha256": "0"}}}')
    assert build.read(tmp_path) is None
