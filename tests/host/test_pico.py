"""What is particular to the Pico: its UF2 image, its flash, and the stand-in for its boot ROM."""

import dataclasses
import random
import struct
import subprocess
import sys

import pytest

from firmware import boards, build, emulate
from firmware.errors import UserError

MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
RP2040 = 0xE48BFF56
FLASH = 0x10000000


@pytest.fixture(scope="module")
def artifact():
    return build.build("pico")


@pytest.fixture(scope="module")
def evaluate(artifact):
    """Evaluate an expression on the emulated board."""
    with emulate.boot("pico", artifact) as machine:

        def evaluate(expression, before="pass"):
            source = f"import struct, math, machine, vfs, os\n{before}\nprint(repr({expression}))"
            cmd = [sys.executable, "-m", "mpremote", "connect", machine.console, "exec", source]
            result = subprocess.run(cmd, capture_output=True, text=True, timeout=60)
            assert result.returncode == 0, result.stdout + result.stderr
            return eval(result.stdout)

        yield evaluate


def blocks(image):
    """(flags, address, data, number, count, family) of each block of a UF2 file."""
    for start in range(0, len(image), 512):
        first, second, flags, address, size, number, count, family = struct.unpack_from("<8I", image, start)
        (last,) = struct.unpack_from("<I", image, start + 508)
        assert (first, second, last) == MAGIC
        yield flags, address, image[start + 32 : start + 32 + size], number, count, family


def test_the_uf2_holds_the_binary_for_the_rp2040(artifact):
    found = list(blocks(artifact.image.read_bytes()))
    binary = artifact.image.with_suffix(".bin").read_bytes()
    data = b"".join(block[2] for block in found)
    assert data[: len(binary)] == binary
    assert [block[1] for block in found] == [FLASH + 256 * i for i in range(len(found))]
    assert [block[3] for block in found] == list(range(len(found)))
    assert {block[4] for block in found} == {len(found)}
    assert {block[5] for block in found} == {RP2040}


@pytest.mark.parametrize("name", ["pico", "pico_ppp"])
def test_the_code_leaves_the_rest_of_the_flash_alone(name):
    image = build.build(name).image.with_suffix(".bin")
    assert image.stat().st_size <= boards.load(name).limits["flash"]


def test_an_image_that_reaches_into_deployed_apps_and_files_is_refused(artifact):
    binary = artifact.dir / artifact.info["files"]["bin"]["name"]
    board = boards.load("pico")
    build._require_room(board, binary)
    with pytest.raises(UserError, match=r"the image takes \d+ KB and 'pico' has 100 KB for code"):
        build._require_room(dataclasses.replace(board, limits={"flash": 100 * 1024}), binary)


@pytest.mark.slow
def test_an_app_that_does_not_fit_beside_deployed_apps_and_files_is_refused(tmp_path):
    (tmp_path / "main.py").write_text("app = 1\n")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "film.bin").write_bytes(random.Random(1).randbytes(400_000))
    with pytest.raises(UserError, match=r"the image takes \d+ KB and 'pico' has 640 KB for code"):
        build.build("pico", app=tmp_path)


def test_the_romfs_is_as_large_as_the_board_says(evaluate):
    assert evaluate("p.ioctl(4, 0) * p.ioctl(5, 0)", "p = vfs.rom_ioctl(2, 0)") == boards.load("pico").romfs


def test_the_led_reads_back_what_was_set(evaluate):
    before = "led = machine.Pin('LED', machine.Pin.OUT)"
    assert evaluate("[(led.value(wanted), led.value())[1] for wanted in (1, 0, 1)]", before) == [1, 0, 1]


PAIRS = [(1.5, 2.25), (-3.0, 0.1), (1e20, 1e-20), (7.0, -3.0), (0.1, 0.2), (123456.79, 9.8765e-05), (3.4e38, 1.0)]


def single(value):
    """`value` rounded to the board's 32 bits."""
    return struct.unpack("f", struct.pack("f", value))[0]


@pytest.mark.parametrize("operation", ["+", "-", "*", "/"])
def test_floating_point_is_that_of_ieee_754(evaluate, operation):
    exact = [single(a) for pair in PAIRS for a in pair]
    pairs = list(zip(exact[::2], exact[1::2]))
    bits = [struct.pack("ff", *pair).hex() for pair in pairs]
    before = f"p = [struct.unpack('ff', bytes.fromhex(h)) for h in {bits!r}]"
    got = evaluate(f"[struct.pack('f', a {operation} b).hex() for a, b in p]", before)
    assert got == [struct.pack("f", eval(f"a {operation} b")).hex() for a, b in pairs]


def test_numbers_are_converted_as_on_any_machine(evaluate):
    assert evaluate("[int(x) for x in (0.0, 1.9, -1.9, 1e6, -1e9, 2147483520.0, 4294967040.0, 1e12)]") == [
        *(0, 1, -1, 1000000, -1000000000, 2147483520, 4294967040, 999999995904)
    ]
    numbers = (0, 1, -1, 2**20, -(2**31), 2**40)
    got = evaluate(f"[struct.pack('f', n).hex() for n in {numbers}]")
    assert got == [struct.pack("f", number).hex() for number in numbers]


def test_math_functions_are_right_to_six_digits(evaluate):
    import math

    got = evaluate("[math.sqrt(2), math.sin(1), math.cos(1), math.tan(1), math.exp(1), math.log(10), math.atan2(1, 2)]")
    wanted = [math.sqrt(2), math.sin(1), math.cos(1), math.tan(1), math.e, math.log(10), math.atan2(1, 2)]
    assert got == pytest.approx(wanted, rel=1e-6)
