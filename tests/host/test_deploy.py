"""`microdot deploy`: apps onto emulated boards, through the real mpremote."""

import json
import subprocess
import sys

import pytest
from emulated import Board, Folder, wait_for

from firmware import deploy
from firmware.errors import UserError
from firmware.repl import Repl

APP = {
    "main.py": "import near\nfrom templates.page_html import render\n"
    "def main():\n    print('app', near.NAME, ''.join(render('x')), open('note.txt').read())\n",
    "near.py": "NAME = 'one'\n",
    "templates/page.html": "{% args x %}\n<p>{{ x }}</p>",
    "static/site.css": "p { margin: 0 }\n" * 400,
    "note.txt": "a note",
}


@pytest.fixture
def board(request, tmp_path):
    return Board(request.param, tmp_path / "flash")


on_pico = pytest.mark.parametrize("board", ["pico"], indirect=True)
# the Pico's ROMFS is a block device, that of the Cortex-M3 board is memory that only `rom_ioctl` writes
on_both_kinds_of_romfs = pytest.mark.parametrize("board", ["pico", "qemu_arm"], indirect=True)


@pytest.fixture
def app(tmp_path):
    return Folder(tmp_path / "demo", APP)


@on_both_kinds_of_romfs
@pytest.mark.parametrize("way", ["romfs", "files"])
def test_deploys_and_starts_the_app_and_sends_nothing_the_second_time(board, app, way):
    with board.boot() as machine:
        first = deploy.deploy(app.path, machine.console, way=way)
        wait_for(machine, rb"app one <p>x</p> a note")
        assert first.send
        again = deploy.deploy(app.path, machine.console, way=way)
        assert (again.send, again.remove, again.size) == ([], [], 0)
        assert again.keep == len(first.send)


@on_pico
def test_only_what_changed_is_sent_and_what_is_gone_is_removed(board, app):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="files")
        app["near.py"] = "NAME = 'two'\n"
        app["more.py"] = ""
        (app.path / "static/site.css").unlink()
        planned = deploy.deploy(app.path, machine.console, way="files", dry_run=True)
        report = deploy.deploy(app.path, machine.console, way="files")
        assert sorted(report.send) == ["/app/more.mpy", "/app/near.mpy"] == sorted(planned.send)
        assert sorted(report.remove) == ["/app/static/site.css", "/app/static/site.css.gz"] == sorted(planned.remove)
        wait_for(machine, rb"app two")
        with Repl(machine.console) as repl:
            assert repl.eval("'static' in __import__('os').listdir('/app')") is False


@on_both_kinds_of_romfs
def test_an_app_that_crashes_again_and_again_ends_at_a_prompt_and_a_better_one_starts(board, app):
    app["near.py"] = "NAME = 1 / 0\n"
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console)
        shown = wait_for(machine, rb"(?s)crashed 3 times in a row.*>>> ")
        assert shown.count(b"ZeroDivisionError: divide by zero") == 3
        assert b'File "near.py", line 1, in <module>' in shown
        app["near.py"] = "NAME = 'mended'\n"
        deploy.deploy(app.path, machine.console)
        wait_for(machine, rb"app mended")


@on_pico
def test_what_the_app_wrote_itself_stays(board, app):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="files")
        with Repl(machine.console) as repl:
            repl.exec("open('/app/data.json', 'w').write('[1]')")
        app["near.py"] = "NAME = 'two'\n"
        deploy.deploy(app.path, machine.console, way="files")
        with Repl(machine.console) as repl:
            assert repl.eval("open('/app/data.json').read()") == "[1]"


@on_both_kinds_of_romfs
def test_a_newer_deployment_the_other_way_takes_the_place_of_the_older(board, app):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="files")
        app["near.py"] = "NAME = 'rom'\n"
        report = deploy.deploy(app.path, machine.console, way="romfs")
        assert "/app/main.mpy" in report.remove
        wait_for(machine, rb"app rom <p>x</p> a note")


@on_pico
@pytest.mark.parametrize("way", ["romfs", "files"])
def test_a_power_cut_in_the_middle_leaves_a_board_that_starts(board, app, way):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="files")
    app["near.py"] = "NAME = 'two'\n"
    app["big.py"] = f"DATA = {bytes(range(256)) * 80!r}\n"
    with board.boot() as machine:

        def cut(done, total, text):
            if done > total // 2:
                machine.close()

        with pytest.raises(UserError, match="the board still starts"):
            deploy.deploy(app.path, machine.console, way=way, report=cut)
    with board.boot() as machine:
        assert b"Traceback" not in wait_for(machine, rb"app one <p>x</p> a note")
        deploy.deploy(app.path, machine.console, way=way)
        wait_for(machine, rb"app two <p>x</p> a note")


def cutting(machine, at, sent):
    """A `Repl.exec` that keeps in `sent` what it is given, and cuts the power while the board does the command `at`."""
    execute = Repl.exec

    def run(repl, code):
        sent.append(code)
        if len(sent) == at:
            repl.start(code)
            machine.close()
        return execute(repl, code)

    return run


@pytest.mark.parametrize("board", ["qemu_arm"], indirect=True)
@pytest.mark.parametrize("way", ["romfs", "files"])
def test_a_power_cut_at_any_command_leaves_a_board_that_starts(board, app, way, monkeypatch):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="files")
    before = board.flash.read_bytes()
    app["near.py"] = f"NAME = 'two'\nDATA = {bytes(range(256)) * 16!r}\n"
    with board.boot() as machine:
        monkeypatch.setattr(Repl, "exec", cutting(machine, None, sent := []))
        deploy.deploy(app.path, machine.console, way=way)
    monkeypatch.undo()
    started = set()
    for number in (*range(2, len(sent), len(sent) // 5), len(sent)):
        board.flash.write_bytes(before)
        with board.boot() as machine, monkeypatch.context() as patch, pytest.raises(UserError):
            patch.setattr(Repl, "exec", cutting(machine, number, []))
            deploy.deploy(app.path, machine.console, way=way)
        with board.boot() as machine:
            shown = wait_for(machine, rb"app (one|two) <p>x</p> a note")
        assert b"Traceback" not in shown
        started.add(b"app two" in shown)
    assert started == {False, True}, "the old app before the change, the new one after it"


@on_both_kinds_of_romfs
def test_an_interrupted_rom_without_files_falls_back_to_the_firmware(board, app):
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console, way="romfs")
    app["near.py"] = f"NAME = 'two'\nDATA = {bytes(range(256)) * 80!r}\n"
    with board.boot() as machine, pytest.raises(UserError, match="the board still starts"):
        deploy.deploy(app.path, machine.console, way="romfs", report=lambda *_: machine.close())
    with board.boot() as machine:
        assert b"Traceback" not in wait_for(machine, rb"no app here yet")


#: makes the board forget what is frozen into it but asyncio, as the official firmware has nothing else that matters here
FORGET = """
import asyncio.core, asyncio.event, asyncio.funcs, asyncio.lock, asyncio.stream, sys
sys.path.remove('.frozen')
"""
SITE = """
import asyncio, launcher, microdot
from microdot.asyncio import Microdot
from microdot.asyncio.test_client import TestClient
from microdot.static import StaticFiles
from microdot.utemplate import Template
app = Microdot()
StaticFiles(app)
@app.get('/')
async def index(request):
    return Template('page.html').render('x')
async def main():
    print('from', launcher.__file__, microdot.__file__)
    for path in ('/', '/static/site.css'):
        print((await TestClient(app).get(path, headers={'Accept-Encoding': 'identity'})).text[:14])
"""


@on_pico
def test_a_board_without_our_firmware_gets_framework_and_launcher_too(board, app):
    app["main.py"] = SITE
    with board.boot() as machine:
        with Repl(machine.console) as repl:
            repl.exec(f"with open('/boot.py', 'w') as file:\n    file.write({FORGET!r})")
            repl.exec("with open('/main.py', 'w') as file:\n    file.write('# mine')")
        with pytest.raises(UserError, match="the board has a program of its own in /main.py, which would be replaced"):
            deploy.deploy(app.path, machine.console, way="files")
        with Repl(machine.console) as repl:
            assert repl.eval("open('/main.py').read()") == "# mine"
            repl.exec("import os; os.remove('/main.py')")
        report = deploy.deploy(app.path, machine.console, way="files")
        assert "/main.py" in report.send and report.framework
        with Repl(machine.console) as repl:
            printed = repl.exec("exec(open('/main.py').read())")
        assert printed == "from /app/lib/launcher.mpy /app/lib/microdot/__init__.mpy\n<p>x</p>\np { margin: 0 \n"
        again = deploy.deploy(app.path, machine.console, way="files")
        assert (again.send, again.keep) == ([], len(report.send))


@on_pico
def test_what_does_not_fit_is_told_before_anything_is_changed(board, app):
    with board.boot() as machine:
        app["static/huge.bin"] = "".join(chr(33 + number * number % 90) for number in range(1_400_000))
        with pytest.raises(UserError, match="remove what is not needed"):
            deploy.deploy(app.path, machine.console, way="files")
        (app.path / "static/huge.bin").write_bytes(__import__("random").Random(1).randbytes(400_000))
        with pytest.raises(UserError, match=r"the app takes 39\d KB and the board's ROMFS has 256 KB"):
            deploy.deploy(app.path, machine.console, way="romfs")
        with Repl(machine.console) as repl:
            assert (
                repl.eval("__import__('os').listdir('/')") == ["rom"]
                or repl.eval("__import__('os').listdir('/')") == []
            )


NATIVE = """
import micropython
@micropython.native
def add(a, b):
    return a + b
@micropython.viper
def triple(n: int) -> int:
    return 3 * n
def main():
    print('native', add('a', 'b'), triple(14))
"""


@on_both_kinds_of_romfs
def test_native_code_is_compiled_for_the_chip(board, app):
    app["main.py"] = NATIVE
    with board.boot() as machine:
        deploy.deploy(app.path, machine.console)
        wait_for(machine, rb"native ab 42")


def test_native_code_in_an_image_asks_for_the_architecture(app, tmp_path):
    app["main.py"] = NATIVE
    with pytest.raises(UserError, match=r"main.py:3: native code is for one architecture, name it"):
        deploy.image(app.path)
    assert deploy.image(app.path, march="armv6m") != deploy.image(app.path, march="armv7m")


@pytest.mark.parametrize("board", ["qemu_riscv"], indirect=True)
def test_a_board_without_romfs_gets_files(board, app):
    with board.boot() as machine:
        report = deploy.deploy(app.path, machine.console)
        assert report.way == "files"
        with Repl(machine.console) as repl:
            assert repl.exec("import launcher; launcher.main()") == "app one <p>x</p> a note\n"
        with pytest.raises(UserError, match="has no ROMFS"):
            deploy.deploy(app.path, machine.console, way="romfs")


@on_pico
def test_data_files_alone_for_an_app_that_is_frozen(board, app):
    with board.boot() as machine:
        assert deploy.deploy(app.path, machine.console, way="data").send == ["/app/note.txt"]


@on_pico
def test_the_command(board, app):
    with board.boot() as machine:
        command = [sys.executable, "-m", "firmware", "deploy", str(app.path), "--port", machine.console]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert "as ROMFS" in text and "the app starts now" in text
        text = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout
        assert json.loads(text)["send"] == []


def test_a_dead_port_in_one_line(app):
    command = [sys.executable, "-m", "firmware", "deploy", str(app.path), "--port", "socket://127.0.0.1:1"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("microdot: no MicroPython answers at 'socket://127.0.0.1:1'")
    assert "Traceback" not in done.stderr


def test_an_app_that_is_not_sound_does_not_reach_the_board(app):
    app["near.py"] = "x = (\n"
    with pytest.raises(UserError, match=r"near.py:\d"):
        deploy.deploy(app.path, "socket://127.0.0.1:1")


def test_writes_the_image_to_a_file_the_same_each_time(app, tmp_path):
    command = [sys.executable, "-m", "firmware", "deploy", str(app.path), "-O3", "--march", "armv6m", "--output"]
    for name in ("a", "b"):
        subprocess.run([*command, tmp_path / name], check=True, capture_output=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes()[:3] == b"\xd2\xcd\x31"
