"""Static files that are in flash are served from there: on emulated boards, with next to no heap left."""

import ast
import binascii
import random
import re
import socket
import urllib.request

import pytest
from emulated import Board, Folder
from toolkit import Checkout, press_ctrl_c

from firmware import build, deploy, emulate
from firmware.paths import build_dir, work_dir
from firmware.repl import Repl

SIZE = 80_000
HEAP = 3072  # bytes that are free when the request comes

MAIN = """
from microdot.asyncio import Microdot
from microdot.static import StaticFiles
from microdot.utemplate import Template

app = Microdot()
StaticFiles(app)


@app.get('/')
async def index(request):
    with open('note.txt') as note:
        return Template('page.html').generate(note.read())
"""
FILES = {
    "main.py": MAIN,
    "templates/page.html": "{% args note %}\n<p>{{ note }}</p>{% include 'foot.html' %}",
    "templates/foot.html": "<footer>",
    "static/small.txt": "small",
    "note.txt": "a note",
}
BUILD = build_dir() / "tests"  # artifacts with the app in them, apart from those of other tests

SERVE = """
import asyncio, binascii, gc, launcher
from microdot.connection import Connection

class Client:
    # what it keeps was there before the request, as it is not the server's
    def __init__(self, path):
        self.request = b'GET /static/%s HTTP/1.0\\r\\n\\r\\n' % path
        self.crc = self.size = self.head_size = 0
        self.head = bytearray(300)
    async def recv(self, n):
        request, self.request = self.request, b''
        return request
    async def send(self, data):
        if not self.head_size:
            self.head_size = len(data)  # sent by itself before a large body
            self.head[:self.head_size] = data
            return
        self.size += len(data)
        self.crc = binascii.crc32(data, self.crc)
    def timer(self, ms):
        pass
    def close(self):
        pass

async def main():
    await Connection(app, Client(b'small.txt'), ('', 0)).serve()
    client, hold, filler, size = Client(b'big.bin'), bytearray(HEAP), None, 4096
    while size:
        try:
            filler = [filler, bytearray(size)]
        except MemoryError:
            size //= 2
    hold = None
    gc.collect()
    free = gc.mem_free()
    await Connection(app, client, ('', 0)).serve()
    del filler
    print(repr((free, bytes(client.head[:client.head_size]), client.size, client.crc)))

app = launcher.load(launcher.find()).app
asyncio.run(main())
""".replace("HEAP", str(HEAP))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("app") / "demo", FILES)
    (folder.path / "static" / "big.bin").write_bytes(random.Random(1).randbytes(SIZE))
    return folder


def check(app, console):
    with Repl(console) as repl:
        printed = repl.exec(SERVE)
    assert "Traceback" not in printed
    free, head, size, crc = ast.literal_eval(printed)
    big = (app.path / "static" / "big.bin").read_bytes()
    assert free < HEAP + 100, "the filler left no more"
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Length: %d\r\n" % SIZE in head
    assert b'ETag: "' in head
    assert (size, crc) == (SIZE, binascii.crc32(big))


def test_frozen_into_the_image(app):
    artifact = build.build("qemu_arm", app=app.path, out=BUILD / "qemu_arm")
    with emulate.boot("qemu_arm", artifact) as machine:
        check(app, machine.console)


def test_served_over_http_with_templates_and_data_files(app):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://localhost:{free.getsockname()[1]}"
    process = Checkout(build=BUILD, work=work_dir()).start("run", "qemu_arm", "--app", app.path, "--port", url.rpartition(":")[2])
    try:
        while url not in (line := process.stdout.readline()):
            assert line, process.stderr.read()
        assert fetch(f"{url}/") == b"<p>a note</p><footer>"
        assert fetch(f"{url}/static/big.bin") == (app.path / "static" / "big.bin").read_bytes()
        press_ctrl_c(process)
        _, messages = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0 and not re.search("Traceback|Error", messages), messages


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def test_deployed_into_the_romfs(app, tmp_path):
    with Board("pico", tmp_path / "flash").boot() as machine:
        deploy.deploy(app.path, machine.console, way="romfs")
        check(app, machine.console)
