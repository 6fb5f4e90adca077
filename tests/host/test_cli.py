"""The command `microdot` as a person types it: help, mistakes, JSON, running an app and stopping it."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from firmware import console
from firmware.cli import COMMANDS
from firmware.paths import work_dir
from servers import free_port
from toolkit import ROOT, Checkout, press_ctrl_c, small_disk, wait_until

NAMES = [name for rows in COMMANDS.values() for name in rows]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """This checkout, making artifacts in a folder of its own."""
    return Checkout(build=tmp_path_factory.mktemp("build"), work=work_dir())


@pytest.fixture
def port():
    return free_port()


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
        return response.read().decode()


def serves(process, port):
    """Whether the app answers yet; a process that ended will never."""
    assert process.poll() is None, process.communicate()
    try:
        return bool(fetch(port))
    except OSError:
        return False


@pytest.fixture
def app(tmp_path):
    """An app that says which Python it runs in, in a module of its own."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(
        "from microdot import Microdot\nimport words\n\napp = Microdot()\n\n\n"
        "@app.get('/')\ndef index(request):\n    return words.GREETING\n"
    )
    (folder / "words.py").write_text("import sys\n\nGREETING = 'hello from ' + sys.implementation.name\n")
    return folder


def test_help_is_there_at_once(checkout):
    """In processor time, which other programs of the machine do not change."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(3):
        checkout.run("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 3 < 0.3


def test_help_imports_nothing_that_takes_time():
    code = (
        "import sys\nfrom firmware import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'rich', 'platformdirs', 'elftools', 'serial', 'asyncio', 'mpremote', 'pytest'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert asked.stderr == "" and all(f"\n  {name}" in asked.stdout for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(checkout, name):
    shown = checkout.run(name, "--help")
    assert shown.status == 0 and shown.out.startswith(f"Usage: microdot {name}"), shown
    assert len(shown.out.splitlines()) > 4


def test_python_dash_m_firmware_is_the_same_command(checkout):
    assert checkout.run("--version").out.startswith("microdot, version")


@pytest.mark.parametrize(
    "words, said",
    [
        (("build", "esp23"), "no board 'esp23', did you mean esp32"),
        (("build", "unix", "--app", "nowhere"), "no app 'nowhere', name a folder with main.py"),
        (("run", "nowhere"), "no app 'nowhere'"),
        (("run", "firmware"), "'firmware' is no app, it needs a main.py"),
        (("info", "pico"), "no image of 'pico' is built, run: microdot build pico"),
        (("build", "unix", "--micropython", "9.9"), "MicroPython '9.9' is not known here"),
        (("build", "unix", "--boards", "nowhere"), "no folder 'nowhere' to read boards from"),
        (("new", "board", "Big", "--like", "unix"), "'Big' is no name for a board"),
        (("new", "app", "firmware"), "'firmware' exists already"),
        (("size", "unix", "--diff", "nowhere"), "'nowhere' is neither a folder with an artifact nor a file"),
    ],
)
def test_mistakes_are_told_in_one_line(checkout, words, said):
    failed = checkout.run(*words)
    assert failed.status == 1 and said in failed.err, failed
    assert "Traceback" not in failed.err
    assert failed.err.splitlines()[-1].startswith("microdot: ")


def test_unknown_command_and_option(checkout):
    for words, said in ((("biuld",), "No such"), (("build", "--colour"), "No such"), (("build", "-j", "0"), "x>=1")):
        failed = checkout.run(*words)
        assert failed.status == 2 and said in failed.err and "Traceback" not in failed.err


def test_boards_as_a_table_and_as_json(checkout):
    rows = json.loads(checkout.run("boards", "--json").out)
    by_name = {row["name"]: row for row in rows}
    assert by_name["unix"]["build"] == "here" and by_name["unix"]["emulate"] == "here"
    assert by_name["esp32"]["chip"] == "esp32" and "WiFi" in by_name["esp32"]["features"]
    for width in ("120", "80"):
        table = checkout.run("boards", COLUMNS=width).out
        assert all(re.search(rf"^ *{name} ", table, re.MULTILINE) for name in by_name)


def test_doctor_finds_what_is_here_and_what_is_not(checkout):
    told = json.loads(checkout.run("doctor", "--json", IDF_PATH="").out)
    topics = {finding["topic"] for finding in told["findings"]}
    assert topics >= {"python", "micropython", "boards", "containers", "esptool", "mpremote", "disk"}
    assert any("IDF_PATH" in finding["text"] for finding in told["findings"])


def test_doctor_names_the_one_command_that_mends(checkout, tmp_path):
    told = checkout.run("doctor", PATH=tmp_path)
    assert told.status == 0
    assert re.search(r"to mend all of it: .*gcc", told.out.splitlines()[-1])


def test_run_serves_the_app_from_the_image_until_ctrl_c(checkout, app, port):
    process = checkout.start("run", app, "--port", port)
    try:
        wait_until(lambda: serves(process, port), 300)
        assert fetch(port) == "hello from micropython"
        press_ctrl_c(process)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert f"http://localhost:{port}/" in out and "Traceback" not in out + err


def test_run_on_cpython_serves_the_same_folder(checkout, app, port):
    process = checkout.start("run", app, "--target", "cpython", "--port", port)
    try:
        wait_until(lambda: serves(process, port), 20)
        assert fetch(port) == "hello from cpython"
        process.send_signal(signal.SIGINT)  # as from `kill -INT`: only the command gets it, and passes it on
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0 and "Traceback" not in out + err
    assert f"http://localhost:{port}/" in out


@pytest.mark.parametrize("target", ["cpython", "unix"])
def test_run_announces_no_port_for_an_app_that_chooses_its_own(checkout, app, port, target):
    with open(app / "main.py", "a") as file:
        file.write(f"\n\ndef main():\n    app.run(port={port})\n")
    process = checkout.start("run", app, "--target", target, "--port", free_port())
    try:
        wait_until(lambda: serves(process, port), 300)
    finally:
        press_ctrl_c(process)
        out, err = process.communicate(timeout=10)
    assert "its own main()" in out and "http://" not in out + err


@pytest.mark.parametrize("target", ["cpython", "unix"])
def test_run_leaves_nothing_behind_when_it_is_terminated(checkout, app, port, target):
    process = checkout.start("run", app, "--target", target, "--port", port)
    try:
        wait_until(lambda: serves(process, port), 300)
        process.terminate()
        assert process.wait(10) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)
    finally:
        process.kill()
        process.communicate()


def test_run_takes_a_single_file(checkout, app, port):
    single = app / "single.py"
    single.write_text(
        (app / "main.py").read_text().replace("import words\n", "").replace("words.GREETING", "'one file'")
    )
    process = checkout.start("run", single, "--target", "cpython", "--port", port)
    try:
        wait_until(lambda: serves(process, port), 20)
        assert fetch(port) == "one file"
    finally:
        press_ctrl_c(process)
        process.communicate(timeout=10)


def test_run_says_that_a_port_is_taken(checkout, app):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        number = taken.getsockname()[1]
        failed = checkout.run("run", app, "--target", "cpython", "--port", number)
    assert failed.status == 1 and f"port {number} is in use, choose another" in failed.err


def test_new_app_runs_as_it_is(checkout, tmp_path, port):
    made = checkout.run("new", "app", "blog", cwd=tmp_path)
    assert made.status == 0 and "microdot run blog" in made.out
    process = checkout.start("run", "blog", "--target", "cpython", "--port", port, cwd=tmp_path)
    try:
        wait_until(lambda: serves(process, port), 20)
        assert fetch(port) == "Hello from blog!"
    finally:
        press_ctrl_c(process)
        process.communicate(timeout=10)


def test_names_with_spaces_are_told_as_one_types_them(checkout, tmp_path):
    made = checkout.run("new", "app", "my blog", cwd=tmp_path)
    assert made.out.endswith("microdot run 'my blog'\n")


@pytest.mark.parametrize("words", [("app", "blog"), ("board", "mine", "--like", "esp32")], ids=" ".join)
def test_new_leaves_nothing_on_a_full_disk(checkout, tmp_path, words):
    probe = subprocess.run(small_disk(tmp_path, "true"), capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a small disk cannot be mounted here, which takes root: {probe.stderr.strip()}")
    fill = 'head -c 3m /dev/zero > fill 2>&-; "$@"; echo "status $?"; find . -name "main.py" -o -name "mine"'
    typed = checkout.command("new", *words)
    env = checkout.environment()
    command = small_disk(tmp_path, "sh", "-c", f"cd {tmp_path}; {fill}", "sh", *typed)
    told = subprocess.run(command, env=env, capture_output=True, text=True)
    assert told.stderr == "microdot: no space left on the disk, free some and run the same command again\n"
    assert told.stdout == "status 1\n"


def test_steps_are_told_on_a_terminal_that_cannot_overwrite_lines(monkeypatch, capsys):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with console.progress() as progress:
        progress("compile", "CC main.c")
    assert capsys.readouterr().err == "compile ...\n"


def test_size_by_component_and_module(checkout, tmp_path):
    report = tmp_path / "size.json"
    svg = tmp_path / "size.svg"
    measured = checkout.run("size", "unix", "--json", "--svg", svg)
    assert measured.status == 0, measured
    report.write_text(measured.out)
    size = json.loads(measured.out)
    assert size["components"]["MicroPython core"]["flash"] > 100_000
    assert size["modules"]["microdot/app.py"]["bytecode"] > 500
    assert size["flash"]["used"] == sum(part["flash"] for part in size["components"].values())
    assert svg.read_text().startswith("<svg ") and "framework: app.py" in svg.read_text()
    same = checkout.run("size", "unix", "--diff", report)
    assert same.status == 0 and "flash: +0 bytes" in same.out


def test_size_agrees_with_binutils(checkout):
    measured = json.loads(checkout.run("size", "unix", "--json").out)
    listed = subprocess.run(
        ["size", checkout.build / "unix" / "micropython.elf"], capture_output=True, text=True
    ).stdout
    text, data, bss = (int(word) for word in listed.splitlines()[1].split()[:3])
    assert abs(measured["flash"]["used"] - (text + data)) < 0.05 * (text + data)
    assert abs(measured["ram"]["used"] - (data + bss)) < 0.1 * (data + bss)


@pytest.mark.parametrize(
    "words, typed",
    [
        (("run",), "microdot run examples/hello"),
        (("run", "APP=blog"), "microdot run blog"),
        (("run", "BOARD=pico"), "microdot run pico"),
        (("run", "BOARD=pico", "APP=blog"), "microdot run pico --app blog"),
        (("firmware", "BOARD=esp32", "APP=blog"), "microdot build esp32 --app blog"),
        (("flash", "BOARD=esp32", "PORT=/dev/ttyUSB0"), "microdot flash esp32 --port /dev/ttyUSB0"),
        (("flash", "BOARD=esp32", "PORT=a b"), "microdot flash esp32 --port a --port b"),
        (("mount", "APP=blog"), "microdot mount blog"),
        (("size", "BOARD=pico"), "microdot size pico"),
        (("test", "ARGS=-k cookie"), "microdot test -k cookie"),
        (("test-all",), "microdot test --all"),
    ],
)
def test_make_is_the_short_form(words, typed):
    made = ("ARGS", "BOARD", "APP", "PORT")  # what the make that we may be in was given
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name not in made}
    shown = subprocess.run(["make", "--dry-run", *words], cwd=ROOT, env=own, capture_output=True, text=True)
    assert " ".join(shown.stdout.splitlines()[-1].split()) == f".venv/bin/{typed}", shown.stderr
