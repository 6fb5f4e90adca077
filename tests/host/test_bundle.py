"""Apps taken apart and put onto a device: templates, libraries, static files, and the mistakes people make."""

import subprocess
import sys
import zlib

import pytest

from firmware import apps, assets, bundle, libraries, mpy, romfs
from firmware.errors import UserError
from firmware.paths import DEVICE, FRAMEWORK

MAIN = b"def main():\n    pass\n"
BOOT = """
import sys, vfs
vfs.mount(vfs.VfsRom(memoryview(open('image', 'rb').read())), '/rom')
sys.path[:0] = ['/rom', '/rom/lib']
import main
main.main()
"""


@pytest.fixture
def app(tmp_path):
    """Write an app's files and return the app."""

    def make(files):
        folder = tmp_path / "demo"
        for name, contents in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(contents)
        return apps.find(folder)

    return make


@pytest.fixture
def run(unix_image, tmp_path):
    """Run an app from a ROMFS on MicroPython and return what it printed."""

    def run(app):
        files = bundle.compiled(bundle.collect(app), mpy.Options(), in_place=True)
        (tmp_path / "image").write_bytes(romfs.image(files))
        done = subprocess.run([unix_image, "-c", BOOT], check=False, cwd=tmp_path, capture_output=True, text=True)
        return done.stdout + done.stderr

    return run


def test_modules_templates_libraries_and_static_files_work_on_micropython(app, run):
    found = app(
        {
            "main.py": b"import helper\n"
            b"from utemplate.compiled import Loader\n"
            b"from static._frozen import FILES\n"
            b"def main():\n"
            b"    print(helper.NAME, ''.join(Loader(None, 'templates').load('page.html')('<b>', [1, 2])))\n"
            b"    print(sorted(FILES), bytes(FILES['a.js'][0][:2]), FILES['a.js'][1:])\n",
            "helper.py": b"NAME = 'demo'",
            "templates/page.html": b"{% args title, rows %}\n<h1>{{ title }}</h1>{% include 'sub/row.html' %}\n"
            b"{% for row in rows %}\n{{ row }}\n{% endfor %}\n",
            "templates/sub/row.html": b'- "quoted" -\n',
            "static/a.js": b"var x = 1;\n" * 100,
            "static/css/b.css": b"p {}",
        }
    )
    lines = run(found).splitlines()
    assert lines[:4] == ['demo <h1><b></h1>- "quoted" -', "1", "2", ""]
    assert lines[4].startswith("['a.js', 'css/b.css'] b'\\x1f\\x8b' ('application/javascript', '\"")
    assert lines[4].endswith("\"', 'gzip')")


EVERYWHERE = b"""
import asyncio
from microdot.asyncio import Microdot, send_file
from microdot.asyncio.test_client import TestClient
from microdot.static import StaticFiles
from microdot.utemplate import Template
from near import NAME
from far import PLACE

app = Microdot()
StaticFiles(app)

@app.get('/')
async def index(request):
    return Template('page.html').render(NAME)

@app.get('/<name>')
async def one(request, name):
    return send_file('static/' + name)

async def main():
    client = TestClient(app)
    for path in ('/', '/static/site.css', '/site.css', '/one.bin', '/none'):
        response = await client.get(path, headers={'Accept-Encoding': 'identity'})
        print(response.status_code, response.text.strip()[:20])
    with open('note.txt') as file:
        print(PLACE, file.read())
"""
FILES = {
    "main.py": EVERYWHERE,
    "near.py": b"NAME = 'near'",
    "lib/far.py": b"PLACE = 'far'",
    "templates/page.html": b"{% args name %}\n<p>{{ name }}</p>\n",
    "static/site.css": b"p { margin: 0 }\n" * 99,
    "static/one.bin": b"1",
    "note.txt": b"a note",
}
CSS = "200 p { margin: 0 }\np { \n"
PRINTED = f"200 <p>near</p>\n{CSS}{CSS}200 1\n404 Not found\nfar a note\n"


def outcome(command, folder):
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_same_folder_runs_on_cpython_as_it_is(app):
    found = app(FILES)
    code = f"import sys; sys.path[:0] = [{str(DEVICE)!r}, {str(FRAMEWORK.parent)!r}]\n"
    code += f"import launcher; launcher.main('main', {str(found.folder)!r})"
    assert outcome([sys.executable, "-c", code], found.folder) == PRINTED


@pytest.mark.parametrize("in_place", [False, True])
def test_the_same_folder_runs_compiled_on_micropython(app, unix_image, tmp_path, in_place):
    """As files, the way a mount and a deployment have it, and as a ROMFS with data files beside it."""
    found = bundle.collect(app(FILES))
    files = bundle.compiled(found, mpy.Options(), in_place=in_place)
    board = tmp_path / "board"
    if in_place:
        board.mkdir()
        (board / "image").write_bytes(romfs.image(files))
        bundle.write(found.data, board / "app")
        code = "import vfs\nvfs.mount(vfs.VfsRom(memoryview(open('image', 'rb').read())), '/rom')\n"
    else:
        bundle.write(files, board / "app")
        code = ""
    assert outcome([unix_image, "-c", f"{code}import launcher; launcher.main()"], board) == PRINTED


def test_data_files_and_hidden_files(app):
    found = bundle.collect(
        app({"main.py": MAIN, "config.json": b"{}", ".git/x": b"", "__pycache__/y.pyc": b"", "main.py~": b"old"})
    )
    assert found.data == {"config.json": b"{}"}
    assert list(found.modules) == ["main.py"]


def test_for_a_file_system_static_files_stay_files_beside_their_gzipped_form(app):
    found = bundle.collect(app({"main.py": MAIN, "static/a.js": b"var x;\n" * 99, "static/b.bin": b"tiny"}))
    files = bundle.compiled(found, mpy.Options(), in_place=False)
    assert sorted(files) == ["main.mpy", "static/a.js", "static/a.js.gz", "static/b.bin"]
    assert files["static/a.js"] == zlib.decompress(files["static/a.js.gz"], 31)


def test_the_same_app_gives_the_same_bytes(app):
    found = app({"main.py": MAIN, "static/a.js": b"var x;\n" * 99, "templates/x.html": b"{% args a %}{{ a }}"})
    first, second = (bundle.compiled(bundle.collect(found), mpy.Options(), in_place=True) for _ in range(2))
    assert romfs.image(first) == romfs.image(second)


def test_the_framework_for_a_device_is_what_is_frozen():
    names = set(bundle.framework(mpy.Options()))
    assert {"lib/microdot/__init__.mpy", "lib/microdot/asyncio/polling.mpy"} < names
    assert not [name for name in names if "wsgi" in name or "gateway" in name or name.endswith("/tls.mpy")]


def test_stage_lays_out_what_is_frozen_and_drops_what_is_gone(app, tmp_path):
    modules, data = tmp_path / "modules", tmp_path / "data"
    bundle.stage(app({"main.py": MAIN, "old.py": b"", "static/a.txt": b"a", "note.txt": b""}), modules, data)
    (tmp_path / "demo" / "old.py").unlink()
    dated = (modules / "app" / "main.py").stat().st_mtime_ns
    bundle.stage(apps.find(tmp_path / "demo"), modules, data)
    names = sorted(file.relative_to(modules).as_posix() for file in modules.rglob("*.py"))
    assert names == ["app/main.py", "app/static/_frozen.py"]
    assert [file.name for file in data.iterdir()] == ["note.txt"]
    assert (modules / "app" / "main.py").stat().st_mtime_ns == dated


def test_an_asset_is_gzipped_where_that_helps():
    text, noise = assets.make("a.css", b"p { margin: 0 }\n" * 50), assets.make("a.png", bytes(range(256)))
    assert (text.encoding, text.content_type) == ("gzip", "text/css")
    assert zlib.decompress(text.data, 16 + 12) == b"p { margin: 0 }\n" * 50, "a window of 4 KiB is enough"
    assert (noise.encoding, noise.data, noise.content_type) == ("", bytes(range(256)), "image/png")


def test_etags_tell_contents_apart():
    one, two = assets.make("a", b"1"), assets.make("a", b"2")
    assert one.etag != two.etag
    assert one.etag[0] == one.etag[-1] == '"'


@pytest.mark.parametrize(
    "files, message",
    [
        ({"helper.py": b""}, "is no app, it needs a main.py"),
        ({"main.py": b"x = 1\n"}, "main.py has neither an `app` object nor a main()"),
        ({"main.py": b"def main():\n    retrun 1\n"}, "main.py:2: invalid syntax"),
        ({"main.py": MAIN, "lib/x.py": b"a = (\n"}, "lib/x.py:"),
        ({"main.py": MAIN, "templates/a.html": b"ok\n{% for x in y %}\n"}, "templates/a.html:2: 'for' is never closed"),
        ({"main.py": MAIN, "templates/a.html": b"ok\nfine\n{{ a b }}\n"}, "templates/a.html:3: invalid syntax"),
        ({"main.py": MAIN, "templates/a.html": b"ok\n{{ a \n}}\n"}, "templates/a.html:2: not a template statement"),
        (
            {"main.py": MAIN, "templates/a.html": b"{% include 'b.html' %}"},
            "templates/a.html:1: there is no such template",
        ),
        (
            {"main.py": MAIN, "templates/a.html": b"\n{% include 'b.html' %}", "templates/b.html": b"\n\n{% end %}"},
            "templates/b.html:3: not a template statement",
        ),
        ({"main.py": MAIN, "requirements.txt": b"# ours\nutemplate==1.0\n"}, "requirements.txt:2: 'utemplate==1.0'"),
        ({"main.py": MAIN, "requirements.txt": b"no-such-thing\n"}, "no library 'no-such-thing' in the lock file"),
    ],
)
def test_mistakes_are_told_in_one_line_with_file_and_line(app, files, message):
    with pytest.raises(UserError) as caught:
        bundle.collect(app(files))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_that_freezing_cannot_tell_apart(app, tmp_path):
    found = app({"main.py": MAIN, "a_b.py": b"", "a/b.py": b""})
    with pytest.raises(UserError, match="rename one"):
        bundle.stage(found, tmp_path / "m", tmp_path / "d")


@pytest.mark.parametrize("source", [b"app = 1", b"from x import app", b"async def main(): pass", b"import s\ns.run()"])
def test_ways_to_have_something_to_start(app, source):
    bundle.collect(app({"main.py": source}))


def test_an_app_brings_its_own_version_of_a_library(app):
    own = b"# mine\n"
    found = bundle.collect(app({"main.py": MAIN, "requirements.txt": b"utemplate", "lib/utemplate/source.py": own}))
    assert found.modules["lib/utemplate/source.py"] == own
    assert "lib/utemplate/compiled.py" in found.modules


def test_a_library_that_is_not_what_the_lock_names_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("MICRODOT_CACHE", str(tmp_path))
    lock = libraries.LOCK.read_text().replace("43fde7c8", "00000000")
    (tmp_path / "device.json").write_text(lock)
    monkeypatch.setattr(libraries, "LOCK", tmp_path / "device.json")
    with pytest.raises(UserError, match="is not what device.json locks"):
        libraries.unpacked("utemplate")
    assert not list((tmp_path / "libraries").glob("utemplate*"))
