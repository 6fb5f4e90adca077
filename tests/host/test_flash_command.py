"""The command `microdot flash` as a person or a script uses it, against simulated boards."""

import hashlib
import json
import os
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
    "source, options, message",
    [
        ("", ("--stock", "--app", "APP"), "is no app, it needs a main.py"),
        ("app = 1 2\n", ("--stock", "--app", "APP"), "main.py:1: invalid syntax"),
        ("app = 1\n", ("--app", "APP"), "--image is written as it is, add --stock to deploy the app beside it"),
        ("app = 1\n", ("--sha256", "12ab"), "'12ab' is no SHA-256"),
        ("app = 1\n", ("--sha256", "0" * 64), "the image 'firmware.bin' is not what it should be, nothing was written"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_written(source, options, message, image):
    app = image.parent / "app"
    app.mkdir()
    if source:
        (app / "main.py").write_text(source)
    with Simulated() as board:
        words = (str(app) if word == "APP" else word for word in options)
        done = microdot("flash", "esp32", "--image", image, "--port", board.port, *words)
        assert board.sessions == 0
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr


def test_an_image_with_the_hash_that_was_given_is_written(image):
    with Simulated() as board:
        digest = hashlib.sha256(image.read_bytes()).hexdigest()
        done = microdot("flash", "esp32", "--image", image, "--port", board.port, "--sha256", digest)
    assert done.returncode == 0, done.stderr


PLUGGED = """
import sys
from firmware import cli, devices
ports = [devices.Port(name, "10C4:EA60", "CP2102 USB to UART") for name in sys.argv.pop(1).split(",")]
devices.attached = lambda: ports
cli.main()
"""


def test_two_boards_plugged_in_and_nobody_to_ask(image):
    command = [sys.executable, "-c", PLUGGED, "/dev/ttyUSB0,/dev/ttyUSB1", "flash", "esp32", "--image", image]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert "microdot: 2 ports fit board 'esp32', say which with --port\n" in done.stderr
    assert "/dev/ttyUSB0 (CP2102 USB to UART, 10C4:EA60)" in done.stderr


def test_two_boards_plugged_in_and_the_person_says_which(image):
    with Simulated(link="pty") as one, Simulated(link="pty") as two:
        command = [sys.executable, "-c", PLUGGED, f"{one.port},{two.port}", "flash", "esp32", "--image", str(image)]
        keyboard, terminal = os.openpty()
        with subprocess.Popen(
            command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as flasher:
            os.write(keyboard, b"2\n")
            out, err = flasher.communicate(timeout=60)
        os.close(keyboard), os.close(terminal)
        assert (one.sessions, two.flash.bytes_programmed > 0) == (0, True)
    assert flasher.returncode == 0, err
    assert f"2: {two.port} (CP2102 USB to UART, 10C4:EA60)" in err
    assert f"{two.port}: {image.stat().st_size} bytes written and verified" in out


@pytest.mark.parametrize("words", [("monitor",), ("deploy", "APP"), ("mount", "APP")])
def test_a_port_that_another_program_has_open(words, image):
    (image.parent / "main.py").write_text("app = 1\n")
    words = [str(image.parent) if word == "APP" else word for word in words]
    _, terminal = os.openpty()
    port = os.ttyname(terminal)
    with subprocess.Popen(["sleep", "60"], stdin=terminal) as holder:
        os.close(terminal)
        done = microdot(*words, "--port", port)
        holder.kill()
    assert done.returncode == 1
    assert (
        done.stderr
        == f"microdot: port {port!r} is in use by sleep (process {holder.pid}), close it and run this again\n"
    )


@pytest.mark.parametrize(
    "words, message",
    [
        (("flash", "esp32", "--port", "x", "--port", "x"), "port 'x' is named twice"),
        (("flash", "unix"), "board 'unix' is nothing to flash, start it with: microdot run unix"),
        (("flash", "esp23"), "no board 'esp23', did you mean"),
        (("monitor", "--port", "/dev/ttyUSB99"), "there is no port '/dev/ttyUSB99'"),
        (("mount", "nowhere"), "no app 'nowhere'"),
        (("deploy", "tests"), "'tests' is no app, it needs a main.py"),
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
