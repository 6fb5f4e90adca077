"""The emulated Pico on a network: its frozen app answers the HTTP clients of this machine."""

import http.client
import json
import random
from pathlib import Path

import pytest
from emulated import Folder

from firmware import build, emulate
from firmware.emulators import ppp

APP = Path(__file__).parent / "apps" / "measured.py"
REQUESTS = 200
DOWNLOAD = 200 * 1024
LEAK = 512  # bytes of heap that may come and go

pytestmark = pytest.mark.skipif(bool(ppp.obstacle()), reason=ppp.obstacle())


SITE = """
from microdot.static import StaticFiles
from microdot.utemplate import Template

StaticFiles(app)


@app.get("/page")
async def page(request):
    return Template("page.html").generate(["one", "two"])
"""
FILES = {
    "main.py": APP.read_text() + SITE,
    "templates/page.html": "{% args rows %}\n{% for row in rows %}\n<li>{{ row }}</li>\n{% endfor %}\n",
}
FILM = random.Random(1).randbytes(200_000)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app's folder: with a template, and a large static file."""
    folder = Folder(tmp_path_factory.mktemp("app") / "site", FILES).path
    (folder / "static").mkdir()
    (folder / "static" / "film.bin").write_bytes(FILM)
    return folder


@pytest.fixture(scope="module")
def port(app):
    """The port of this machine that leads to the board's web server."""
    with emulate.boot("pico_ppp", build.build("pico_ppp", app=app), forward={0: 80}) as machine:
        emulate.await_http(machine, machine.forwarded[80])
        yield machine.forwarded[80]


def fetch(port, path, method="GET", body=None):
    """Status and body of the answer, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Connection": "close"})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, data


def heap(port):
    return json.loads(fetch(port, "/heap")[1])


def settled_heap(port, free):
    """The heap once `free` bytes are, or after more requests.

    The collector takes what old calls left on the stack for references. Other calls there end them, but no leak.
    """
    for _ in range(10):
        figures = heap(port)
        if figures["free"] >= free:
            break
        for _ in range(20):
            fetch(port, "/")
    return figures


def test_two_hundred_requests_and_a_long_download_leave_no_trace(port, measured):
    fetch(port, f"/bytes/{DOWNLOAD}")  # what is made for the first of its kind stays
    before = heap(port)
    answers = [fetch(port, "/") for _ in range(REQUESTS)]
    assert answers == [(200, b"hello from the emulated board")] * REQUESTS
    assert fetch(port, f"/bytes/{DOWNLOAD}") == (200, bytes(range(256)) * (DOWNLOAD // 256))
    after = settled_heap(port, before["free"] - LEAK)
    measured(f"least free heap of the emulated Pico while it served: {after['least']} bytes")
    assert after["free"] >= before["free"] - LEAK


def test_an_upload_arrives_whole(port):
    assert fetch(port, "/length", "POST", b"x" * 12_000) == (200, b"12000")


def test_a_kept_connection_serves_many_requests(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(20):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"hello from the emulated board")
    connection.close()


def test_a_client_that_breaks_off_harms_nobody(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/bytes/{DOWNLOAD}")
    assert connection.getresponse().read(1000)
    connection.close()
    assert fetch(port, "/")[0] == 200
