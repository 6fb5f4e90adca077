"""Static files over real sockets and file systems: links, large files, a real client's conditional requests."""

import gzip
import os
import subprocess
import sys

import httpx
import pytest
from servers import free_port, interpreter, serving

from firmware import assets
from microdot import Microdot
from microdot.static import StaticFiles
from microdot.test_client import TestClient

LARGE = os.urandom(300_000)
APP = """
import sys
if sys.argv[1] == 'asyncio':
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot
from microdot.static import StaticFiles
app = Microdot()
StaticFiles(app)
app.run('127.0.0.1', int(sys.argv[2]))
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "static"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "page.html").write_text("<p>page</p>")
    (folder / "large.bin").write_bytes(LARGE)
    (folder / "styles.css").write_text("body {}\n" * 500)
    (folder / "styles.css.gz").write_bytes(gzip.compress(b"body {}\n" * 500))
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_pipe_is_no_file(site):
    os.mkfifo(site / "pipe")
    app = Microdot()
    StaticFiles(app)
    assert TestClient(app).get("/static/pipe").status_code == 404


def test_links_lead_nowhere_outside(site):
    (site / "inside.html").symlink_to(site / "page.html")
    (site / "outside.txt").symlink_to(site.parent / "secret.txt")
    (site / "out").symlink_to(site.parent)
    (site.parent / "static-too").mkdir()
    (site.parent / "static-too" / "x.txt").write_text("secret")
    (site / "neighbour").symlink_to(site.parent / "static-too")
    app = Microdot()
    StaticFiles(app)
    client = TestClient(app)
    assert client.get("/static/inside.html").text == "<p>page</p>"
    for path in ("outside.txt", "out/secret.txt", "neighbour/x.txt", "out/static/page.html/../../secret.txt"):
        assert client.get("/static/" + path).status_code == 404, path


def test_folder_that_is_a_link_itself(site):
    site.parent.joinpath("linked").symlink_to(site)
    app = Microdot()
    StaticFiles(app, "linked")
    assert TestClient(app).get("/static/page.html").text == "<p>page</p>"


@pytest.mark.parametrize("kind", ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio"])
@pytest.mark.parametrize("frozen", [False, True], ids=["folder", "frozen"])
def test_files_reach_a_real_client(site, unix_image, kind, frozen):
    runtime, flavour = kind.split("-")
    if frozen:
        table = {
            name: assets.make(name, (site / name).read_bytes()) for name in ("page.html", "large.bin", "styles.css")
        }
        (site / "_frozen.py").write_text(assets.module(table))
        for name in table:
            (site / name).unlink()
    port = free_port()
    paths = {"MICROPYPATH": f"{site.parent}:.frozen"}
    with serving(
        [*interpreter(runtime, unix_image), "app.py", flavour, port], port, cwd=site.parent, env=paths
    ) as server:
        with httpx.Client(verify=False, base_url=server.url("/static")) as http:
            assert http.get("/page.html").text == "<p>page</p>"
            res = http.get("/large.bin")
            assert (res.content, res.headers["content-type"]) == (LARGE, "application/octet-stream")
            again = http.get("/large.bin", headers={"If-None-Match": res.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            part = http.get("/large.bin", headers={"Range": "bytes=-1000"})
            assert (part.status_code, part.content) == (206, LARGE[-1000:])
            res = http.get("/styles.css")
            assert (res.headers["content-encoding"], res.text) == ("gzip", "body {}\n" * 500)
            res = http.get("/styles.css", headers={"Accept-Encoding": "identity"})
            assert ("content-encoding" not in res.headers, res.text) == (True, "body {}\n" * 500)
            assert http.get("/../secret.txt").status_code == 404
            assert http.get("/%2e%2e/secret.txt").status_code == 404


def test_large_frozen_file_costs_hardly_any_heap(site, unix_image):
    table = {"large.bin": assets.make("large.bin", LARGE)}
    (site / "_frozen.py").write_text(assets.module(table))
    code = """
import gc, sys
from microdot import Microdot
from microdot.static import StaticFiles
from microdot.connection import Connection
from microdot.compat import drive
app = Microdot()
StaticFiles(app)

@app.get('/hello')
async def hello(request):
    return 'hello'

class Transport:
    size = 0
    def timer(self, ms): pass
    def close(self): pass
    async def recv(self, n): return self.pieces.pop() if self.pieces else b''
    async def send(self, data): self.size += len(data)

def cost(path):
    transport = Transport()
    for i in range(2):
        transport.pieces = [b'GET ' + path + b' HTTP/1.0\\r\\n\\r\\n']
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        drive(Connection(app, transport, ('x', 1)).serve())
        used = gc.mem_alloc() - before
        gc.enable()
    return used, transport.size // 2

print(*cost(b'/hello'), *cost(b'/static/large.bin'))
"""
    result = subprocess.run(
        [str(unix_image), "-c", code],
        cwd=site.parent,
        env={"MICROPYPATH": f"{site.parent}:.frozen"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    hello, hello_size, large, large_size = map(int, result.stdout.split())
    assert hello_size < 1000 and large_size > len(LARGE)
    # all that is allocated, nothing of it freed meanwhile, and objects have twice the size that they have on a device
    assert large - hello < 3000


def test_frozen_name_that_is_no_module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (".", "..", "./web site", "a.b/c", str(tmp_path)):
        assert StaticFiles(folder=name)._assets is None
    assert sys.modules.get("static") is None
