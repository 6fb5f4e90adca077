"""`microdot flash --stock`: the official image, then framework and app as compiled modules."""

import hashlib
import http.server
import subprocess
import sys
import threading

import pytest
from emulated import Board as Emulated
from emulated import Folder, wait_for

from firmware import boards, deploy, stock
from firmware.errors import UserError
from tests.romloader import images
from tests.romloader.board import Board as Simulated

NAME = "ESP32_GENERIC-20250415-v1.25.0.bin"
IMAGE = b"\xe9 image"
DIGEST = hashlib.sha256(IMAGE).hexdigest()


@pytest.fixture
def app(tmp_path):
    return Folder(
        tmp_path / "demo", {"main.py": "import microdot\ndef main():\n    print('app with', microdot.__file__)\n"}
    )


def test_writes_the_image_then_deploys_and_says_so(app, tmp_path):
    """The ROM loader is simulated, and the board that starts then is an emulated one."""
    (tmp_path / "stock.bin").write_bytes(images.firmware())
    with Emulated("pico", tmp_path / "flash").boot() as machine:
        with Simulated(firmware=machine.console.removeprefix("socket://")) as board:
            command = [sys.executable, "-m", "firmware", "flash", "esp32", "--stock", "--image", tmp_path / "stock.bin"]
            done = subprocess.run(
                [*command, "--app", app.path, "--port", board.port], check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            assert board.flash.read(0x1000, 0x100) == images.firmware()[:0x100]
        assert "official image with framework and app deployed as files" in done.stdout
        assert "which leaves about 11 KB more heap" in done.stdout
        wait_for(machine, rb"app with ")


@pytest.fixture
def publisher(tmp_path, monkeypatch):
    """A server in the place of the official one, and an empty cache."""
    contents = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = contents.get(self.path.strip("/"))
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *args):
            pass

    monkeypatch.setenv("MICRODOT_CACHE", str(tmp_path / "cache"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(stock, "URL", f"http://127.0.0.1:{server.server_port}/")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield contents
        server.shutdown()


def test_fetches_once(publisher):
    publisher[NAME] = IMAGE
    board = boards.load("esp32")
    assert stock.image(board).read_bytes() == IMAGE
    publisher.clear()
    assert stock.image(board).read_bytes() == IMAGE


def test_what_changed_in_the_cache_is_not_used(publisher):
    publisher["RPI_PICO_W-20250911-v1.26.1.uf2"] = b"UF2\n image"
    board = boards.load("pico_w")
    stock.image(board, "1.26.1").write_bytes(b"UF2\n other")
    with pytest.raises(UserError, match="is not what it should be, delete the folder"):
        stock.image(board, "1.26.1")


def test_what_the_lock_file_knows_must_match(publisher, tmp_path, monkeypatch):
    publisher[NAME] = IMAGE
    (tmp_path / "lock.json").write_text(f'{{"{NAME}": "{hashlib.sha256(b"another").hexdigest()}"}}')
    monkeypatch.setattr(stock, "LOCK", tmp_path / "lock.json")
    with pytest.raises(UserError, match="is not what it should be"):
        stock.image(boards.load("esp32"))


def test_the_first_download_is_trusted_and_said_to_be(publisher):
    publisher[NAME] = IMAGE
    note = stock.note(stock.image(boards.load("esp32")))
    assert "is trusted as it first came" in note
    assert note.endswith(f"--sha256 {DIGEST}")


def test_nothing_is_said_of_an_image_whose_hash_is_locked(publisher, tmp_path, monkeypatch):
    publisher[NAME] = IMAGE
    (tmp_path / "lock.json").write_text(f'{{"{NAME}": "{DIGEST}"}}')
    monkeypatch.setattr(stock, "LOCK", tmp_path / "lock.json")
    assert stock.note(stock.image(boards.load("esp32"))) == ""


def test_an_image_without_the_hash_that_was_given_is_not_kept(publisher):
    publisher[NAME] = b"\xe9 forged"
    with pytest.raises(UserError, match="nothing of it was kept") as caught:
        stock.image(boards.load("esp32"), sha256=DIGEST)
    assert DIGEST in caught.value.detail
    publisher[NAME] = IMAGE
    assert stock.image(boards.load("esp32"), sha256=DIGEST.upper()).read_bytes() == IMAGE


def test_out_of_reach_says_where_to_get_it(publisher):
    with pytest.raises(
        UserError, match=r"download http\S+ESP32_GENERIC-20250415-v1.25.0.bin somewhere else and add --image"
    ):
        stock.image(boards.load("esp32"))


def test_boards_without_an_official_image():
    with pytest.raises(UserError, match="no official MicroPython image for board 'unix'"):
        stock.file_name(boards.load("unix"), "1.25.0")


def test_without_an_app_the_status_page_is_deployed(tmp_path):
    with Emulated("qemu_riscv", tmp_path / "flash").boot() as machine:
        report = deploy.deploy(None, machine.console, framework=True)
        assert "/app/lib/onboard/status.mpy" in report.send
