"""ROMFS images, read back by MicroPython's own VfsRom."""

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import mpy, romfs

LIST = """
import os, sys, vfs
vfs.mount(vfs.VfsRom(memoryview(open(sys.argv[1], 'rb').read())), '/rom')
def walk(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + '/' + name
        if kind == 0x4000:
            walk(path)
        else:
            print(repr(path[5:]), repr(open(path, 'rb').read()))
walk('/rom')
"""


def read_back(unix_image, tmp_path, image):
    (tmp_path / "image").write_bytes(image)
    (tmp_path / "list.py").write_text(LIST)
    done = subprocess.run([unix_image, "list.py", "image"], cwd=tmp_path, capture_output=True, text=True, check=True)
    rows = [line.partition(" ") for line in done.stdout.splitlines()]
    return {eval(path): eval(contents) for path, _, contents in rows}


def test_micropython_reads_what_was_written(unix_image, tmp_path):
    files = {
        "main.py": b"x = 1",
        "empty": b"",
        "lib/a/b.bin": bytes(range(256)) * 300,
        "lib/c": b"c" * 127,
        "z/é": b"e",
    }
    assert read_back(unix_image, tmp_path, romfs.image(files)) == files


def test_an_empty_image_mounts(unix_image, tmp_path):
    assert read_back(unix_image, tmp_path, romfs.image({})) == {}


def test_bytes_of_a_compiled_module_stay_in_flash(unix_image, tmp_path):
    data = bytes(range(256)) * 800
    image = romfs.image({"table.mpy": mpy.compile(f"DATA = {data!r}", "table.py")})
    (tmp_path / "image").write_bytes(image)
    code = (
        "import gc, sys, vfs\n"
        "vfs.mount(vfs.VfsRom(memoryview(open('image', 'rb').read())), '/rom')\n"
        "sys.path.append('/rom')\n"
        "gc.collect(); before = gc.mem_alloc()\n"
        "import table\n"
        "gc.collect(); print(len(table.DATA), gc.mem_alloc() - before)"
    )
    done = subprocess.run([unix_image, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    length, heap = map(int, done.stdout.split())
    assert length == len(data)
    assert heap < 1500


_NAMES = st.text("abcé._-", min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))


@given(st.dictionaries(_NAMES, st.binary(max_size=300), max_size=6))
def test_the_order_of_files_does_not_matter(files):
    image = romfs.image(files)
    assert image == romfs.image(dict(reversed(files.items())))
    assert len(image) % 2 == 0


def test_golden_image():
    assert romfs.image({"d/a": b"hi"}) == b"\xd2\xcd\x31\x0c\x04\x0a\x01d\x05\x06\x01a\x02\x02hi"


def test_golden_image_of_odd_length_has_its_length_padded():
    assert romfs.image({"a": b"odd"}) == b"\xd2\xcd\x31\x80\x09\x05\x07\x01a\x02\x03odd"


@pytest.mark.parametrize("path", ["/a", "a//b", "../a", "a/", ".", ""])
def test_refuses_odd_paths(path):
    with pytest.raises(ValueError):
        romfs.image({path: b""})


@pytest.mark.parametrize("files", [{"a": b"", "a/b": b""}, {"a/b": b"", "a": b""}])
def test_a_path_is_a_file_or_a_folder(files):
    with pytest.raises(ValueError):
        romfs.image(files)


@pytest.mark.parametrize("seed", range(3))
def test_the_image_is_that_of_mpremote(tmp_path, seed):
    """Its `romfs build`, left to take files as they are."""
    draw = random.Random(seed)
    names = ("main.mpy", "lib/a.mpy", "lib/sub/b.mpy", "lib-2", "static/x.bin", "z")
    files = {name: draw.randbytes(draw.choice((0, 1, 100, 127, 128, 20_000))) for name in names}
    for name, contents in files.items():
        (tmp_path / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / name).write_bytes(contents)
    command = [
        sys.executable,
        "-m",
        "mpremote",
        "romfs",
        "--no-mpy",
        "--output",
        tmp_path / "image",
        "build",
        tmp_path / "app",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert romfs.image(files) == (tmp_path / "image").read_bytes()
