"""The command `microdot flash` as a person or a script uses it, against simulated boards."""

import json
import subprocess
import sys

import pytest

from tests.romloader import images
from tests.romloader.board import Board as Simulated


@pytest.fixture
def image(tmp_path):
    (tmp_path / "firmware.bin").write_bytes(images.firmware())
    return tmp_path / "firmware.bin"


def microdot(*words):
    command = [sys.executable, "-m", "firmware", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_says_what_it_did_and_what_comes_next(image):
    with Simulated() as board:
        done = microdot("flash", "esp32", "--image", image, "--port", board.port)
    assert done.returncode == 0
    assert f"{board.port}: {image.stat().st_size} bytes written and verified" in done.stdout
    assert f"next: `microdot monitor --port {board.port}` shows its console" in done.stdout
    assert f"{board.port}: writing" in done.stderr, "plain lines where there is no terminal"


def test_json_for_scripts(image):
    with Simulated() as one, Simulated() as two:
        done = microdot("flash", "esp32", "--image", image, "--json", "--port", one.port, "--port", two.port)
    results = json.loads(done.stdout)
    assert [result["port"] for result in results] == [one.port, two.port]
    assert all(result["written"] == image.stat().st_size and result["error"] is None for result in results)
    assert done.stderr == ""


def test_a_failure_has_a_status_and_one_line(image):
    with Simulated("esp32c3") as board:
        done = microdot("flash", "esp32", "--image", image, "--port", board.port)
    assert done.returncode == 1
    assert f"microdot: the chip on {board.port} is an ESP32-C3" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_several_boards_the_one_that_failed_is_named(image):
    with Simulated() as good, Simulated("esp8266") as wrong:
        done = microdot("flash", "esp32", "--image", image, "--port", good.port, "--port", wrong.port)
        assert good.flash.read(0x1000, 0x1000) == images.firmware()[:0x1000]
    assert done.returncode == 1
    assert "1 of 2 boards were not flashed" in done.stderr
    assert f"the chip on {wrong.port} is an ESP8266" in done.stderr


def test_a_dry_run_prints_the_exact_command_and_touches_nothing(image):
    with Simulated() as board:
        done = microdot("flash", "esp32", "--image", image, "--erase", "--dry-run", "--port", board.port)
        assert board.sessions == 0
    assert (
        f"-m esptool --chip esp32 --port {board.port} --baud 460800 write-flash --erase-all 0x1000 {image}"
        in done.stdout
    )


@pytest.mark.parametrize(
    "words, message",
    [
        (("flash", "esp32", "--port", "x", "--port", "x"), "port 'x' is named twice"),
        (("flash", "unix"), "board 'unix' is nothing to flash, start it with: microdot run unix"),
        (("flash", "esp23"), "no board 'esp23', did you mean"),
        (("monitor", "--port", "/dev/ttyUSB99"), "there is no port '/dev/ttyUSB99'"),
        (("mount", "nowhere"), "no app 'nowhere'"),
    ],
)
def test_what_a_tired_person_types(words, message, image):
    if words[:2] == ("flash", "esp32"):
        words = (*words, "--image", image)
    done = microdot(*words)
    assert done.returncode == 1
    assert f"microdot: {message}" in done.stderr


def test_the_simulator_runs_by_itself(image):
    """For trying the toolkit out where no board is."""
    command = [sys.executable, "-m", "tests.romloader", "esp32", "esp32c3", "--link", "pty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        (_, port), (chip, _) = (simulator.stdout.readline().split() for _ in range(2))
        done = microdot("flash", "esp32", "--image", image, "--port", port)
        simulator.terminate()
    assert chip == "esp32c3"
    assert done.returncode == 0, done.stderr
