"""`microdot mount`: an app live on an emulated Pico, through the real mpremote."""

import re
import shutil
import threading
import time

import pytest
from emulated import Board, Folder

from firmware.errors import UserError
from firmware.mount import Mount, Output
from firmware.paths import FRAMEWORK
from firmware.repl import Repl

MAIN = """
import time
from near import NAME
print('began', time.ticks_ms(), NAME)
def main():
    while True:
        print('tick', time.ticks_ms())
        time.sleep_ms(50)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with Board("pico", tmp_path_factory.mktemp("board") / "flash").boot() as machine:
        yield machine


@pytest.fixture
def app(tmp_path):
    return Folder(tmp_path / "demo", {"main.py": MAIN, "near.py": "NAME = 'one'\n"})


class Mounted:
    """A `Mount` in a thread, and what it has shown."""

    def __init__(self, app, machine, **options):
        self.text = ""
        self._stopping = threading.Event()
        self._mount = Mount(app.path, machine.console, show=self._show, **options)
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        with self._mount:
            self._mount.run(self._stopping.is_set)

    def _show(self, text):
        self.text += text

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stopping.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def wait_for(self, pattern, seconds=30):
        deadline = time.monotonic() + seconds
        while not (match := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, f"{pattern!r} was never shown, but: {self.text[-2000:]}"
            assert self._thread.is_alive(), self.text
            time.sleep(0.02)
        return match


def test_runs_the_app_again_on_each_save_within_two_seconds_of_the_board(app, machine):
    with Mounted(app, machine) as mounted:
        mounted.wait_for(r"began \d+ one\ntick")
        app["near.py"] = "NAME = 'two'\n"
        began = int(mounted.wait_for(r"began (\d+) two")[1])
        last_tick = int(re.findall(r"tick (\d+)", mounted.text[: mounted.text.index(f"began {began}")])[-1])
        assert began - last_tick < 2000


def test_what_does_not_compile_is_told_and_does_not_stop_the_app(app, machine):
    with Mounted(app, machine) as mounted:
        mounted.wait_for(r"began \d+ one\ntick")
        app["near.py"] = "NAME = (\n"
        mounted.wait_for(r"not reloaded: near.py:\d: invalid syntax")
        told = len(mounted.text)
        mounted.wait_for(rf"(?s).{{{told}}}.*tick")
        app["near.py"] = "NAME = 'mended'\n"
        mounted.wait_for(r"began \d+ mended")


def test_an_editor_that_moves_the_file_away_first_does_not_end_it(app, machine):
    with Mounted(app, machine) as mounted:
        mounted.wait_for(r"began \d+ one\ntick")
        (app.path / "main.py").rename(app.path / "main.py~")
        mounted.wait_for(r"not reloaded: .* has no main.py any more")
        app["near.py"] = "NAME = 'two'\n"
        app["main.py"] = MAIN
        mounted.wait_for(r"began \d+ two")


def test_a_traceback_names_the_files_here(app, machine):
    app["near.py"] = "def fail():\n    raise ValueError('on purpose')\nNAME = 'bad'\n"
    app["main.py"] = "import near\ndef main():\n    near.fail()\n"
    with Mounted(app, machine) as mounted:
        mounted.wait_for("waiting for a change")
        assert f'File "{app.path}/main.py", line 3, in main' in mounted.text
        assert f'File "{app.path}/near.py", line 2, in fail\nValueError: on purpose' in mounted.text
        app["main.py"] = "def main():\n    print('well again')\n"
        mounted.wait_for("well again\n--- the app has ended")


def test_survives_a_reset_of_the_board(app, machine):
    app["main.py"] = (
        "import machine, sys, os\ndef main():\n    print('run')\n"
        "    if 'once' not in os.listdir('/'):\n        open('/once', 'w').close()\n        machine.reset()\n"
        "    print('after the reset')\n"
    )
    with Mounted(app, machine) as mounted:
        mounted.wait_for("after the reset")
        assert "the board was reset" in mounted.text
    with Repl(machine.console) as repl:
        repl.exec("import os; os.remove('/once')")


def test_templates_static_files_and_data_are_where_they_are_on_cpython(app, machine):
    app["templates/page.html"] = "{% args x %}\n<p>{{ x }}</p>"
    app["static/a.txt"] = "static text"
    app["note.txt"] = "a note"
    app["main.py"] = (
        "from templates.page_html import render\ndef main():\n"
        "    print(''.join(render('x')), open('static/a.txt').read(), open('note.txt').read())\n"
    )
    with Mounted(app, machine) as mounted:
        mounted.wait_for("<p>x</p> static text a note\n")
        app["templates/page.html"] = "{% args x %}\n<b>{{ x }}</b>"
        mounted.wait_for("<b>x</b> static text a note\n")
    assert sorted(path.name for path in (app.path / "templates").iterdir()) == ["page.html"], "nothing is left here"


def test_brings_the_framework_of_this_checkout(app, machine):
    app["main.py"] = "import microdot\ndef main():\n    print('from', microdot.__file__)\n"
    with Mounted(app, machine) as mounted:
        mounted.wait_for("from microdot/__init__.py\n")
    with Mounted(app, machine, framework=True) as mounted:
        mounted.wait_for("from /remote/lib/microdot/__init__.mpy\n")


def test_a_save_in_the_framework_is_live_too_and_its_lines_are_told(app, machine, tmp_path, monkeypatch):
    framework = tmp_path / "checkout" / "microdot"
    shutil.copytree(FRAMEWORK, framework, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("firmware.bundle.FRAMEWORK", framework)
    monkeypatch.setattr("firmware.mount.FRAMEWORK", framework)
    app["main.py"] = "from microdot.helpers import escape\ndef main():\n    print('escaped', escape('<'))\n"
    with Mounted(app, machine, framework=True) as mounted:
        mounted.wait_for("escaped &lt;")
        (framework / "helpers.py").write_text("def escape(text):\n    raise ValueError(text)\n")
        mounted.wait_for(f'File "{framework}/helpers.py", line 2, in escape\nValueError: <')


def test_leaves_the_board_as_it_found_it(app, machine):
    with Mounted(app, machine) as mounted:
        mounted.wait_for("began")
    with Repl(machine.console) as repl:
        assert "remote" not in repl.eval("__import__('os').listdir('/')")


def test_an_app_that_is_not_sound_to_begin_with(app, machine):
    app["near.py"] = "x = (\n"
    with Mount(app.path, machine.console) as mount, pytest.raises(UserError, match="near.py"):
        mount.run()


def test_no_board(app):
    with Mount(app.path, "socket://127.0.0.1:1") as mount, pytest.raises(UserError, match="no MicroPython answers"):
        mount.run()


def shown(stream, size):
    """What `Output` shows of a stream that comes in pieces of `size`."""
    text = []
    output = Output(text.append, lambda line: line.upper())
    for start in range(0, len(stream), size):
        output.feed(stream[start : start + size])
    return "".join(text), output


@pytest.mark.parametrize("size", range(1, 40))
def test_the_stream_is_read_in_any_pieces(size):
    text, output = shown(b"one\r\ntwo\r\n\x04Traceback\r\nValueError: x\r\n\x04>", size)
    assert text == "ONE\nTWO\nTRACEBACK\nVALUEERROR: X\n"
    assert output.has_ended
    assert not output.has_booted


@pytest.mark.parametrize("banner", ["MPY: soft reboot", "MicroPython v1.25.0 on 2025-04-15", "rst:0x1 (POWERON_RESET)"])
def test_a_reset_is_seen_by_what_boards_print_then(banner):
    assert shown(f"tick\r\n{banner}\r\n".encode(), 7)[1].has_booted
    assert not shown(f"it prints {banner}\r\n".encode(), 7)[1].has_booted


def test_the_beginning_of_a_line_is_shown_when_no_more_comes(monkeypatch):
    text = []
    output = Output(text.append, str)
    output.feed(b"50 % ")
    output.flush()
    assert text == []
    monkeypatch.setattr("firmware.mount._WATCH_S", 0)
    output.flush()
    assert text == ["50 % "]
