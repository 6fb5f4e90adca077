"""Static files that are in flash are served from there: on emulated boards, with next to no heap left."""

import ast
import binascii
import random

import pytest
from emulated import Board, Folder

from firmware import build, deploy, emulate
from firmware.repl import Repl

SIZE = 200_000
HEAP = 3072  # bytes that are free when the request comes

MAIN = """
from microdot.asyncio import Microdot
from microdot.static import StaticFiles

app = Microdot()
StaticFiles(app)
"""

SERVE = """
import asyncio, binascii, gc, launcher
from microdot.connection import Connection

class Client:
    def __init__(self):
        self.crc = self.size = 0
        self.head = None
    async def recv(self, n):
        request, self.request = self.request, b''
        return request
    async def send(self, data):
        if not self.head:
            self.head = data  # sent by itself before a large body
            return
        self.size += len(data)
        self.crc = binascii.crc32(data, self.crc)
    def timer(self, ms):
        pass
    def close(self):
        pass

def get(path):
    client = Client()
    client.request = b'GET /static/%s HTTP/1.0\\r\\n\\r\\n' % path
    asyncio.run(Connection(app, client, ('', 0)).serve())
    return client

app = launcher.load(launcher.find()).app
get(b'small.txt')
hold, filler, size = bytearray(HEAP), None, 4096
while size:
    try:
        filler = [filler, bytearray(size)]
    except MemoryError:
        size //= 2
hold = None
gc.collect()
free = gc.mem_free()
client = get(b'big.bin')
del filler
print(repr((free, bytes(client.head), client.size, client.crc)))
""".replace("HEAP", str(HEAP))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("app") / "demo", {"main.py": MAIN, "static/small.txt": "small"})
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
    assert b"Content-Length: 200000\r\n" in head
    assert b'ETag: "' in head
    assert (size, crc) == (SIZE, binascii.crc32(big))


def test_frozen_into_the_image(app, tmp_path_factory):
    artifact = build.build("qemu_arm", app=app.path, out=tmp_path_factory.mktemp("build") / "qemu_arm")
    with emulate.boot("qemu_arm", artifact) as machine:
        check(app, machine.console)


def test_deployed_into_the_romfs(app, tmp_path):
    with Board("pico", tmp_path / "flash").boot() as machine:
        deploy.deploy(app.path, machine.console, way="romfs")
        check(app, machine.console)
