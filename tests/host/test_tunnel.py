"""HTTP to boards without a network, through their console."""

import contextlib
import http.client
import socket
import subprocess
import sys
import threading

import pytest

from firmware import build, emulate
from firmware.errors import UserError
from firmware.tunnel import Tunnel

APP = """
from microdot.asyncio import Microdot

app = Microdot()

@app.get("/")
async def hello(request):
    print("someone is here")
    return "hello"

@app.post("/echo")
async def echo(request):
    return request.body

@app.get("/bytes/<int:size>")
async def send_bytes(request, size):
    def pieces():
        for start in range(0, size, 256):
            yield bytes(range(256))
    return pieces(), 200, {"Content-Length": str(size)}

@app.get("/fail")
async def fail(request):
    1 / 0
"""

#: what the console or the REPL might take for its own: Ctrl-C, Ctrl-D, the tunnel's mark, line ends
AWKWARD = b"\x00\x01\x02\x03\x03\x04\x04\x1e\x1eR\x1eW0010\r\n\r\r\n\n\xff\xfe" + bytes(range(256))


def put_app(machine, tmp_path, source):
    (tmp_path / "main.py").write_text(source)
    cmd = [sys.executable, "-m", "mpremote", "connect", machine.console, "cp", tmp_path / "main.py", ":main.py"]
    subprocess.run(cmd, check=True, capture_output=True, timeout=60)


@contextlib.contextmanager
def served(machine):
    """The port of this machine that leads to the app on `machine`."""
    with contextlib.ExitStack() as stack:
        tunnel = stack.enter_context(Tunnel(machine.console, 0))
        thread = threading.Thread(target=until_closed, args=(tunnel,))
        thread.start()
        stack.callback(machine.close)  # ends the thread before the tunnel's sockets go
        yield tunnel.port
    thread.join(10)
    assert not thread.is_alive()


def until_closed(tunnel):
    with contextlib.suppress(UserError):
        tunnel.serve_forever()


@pytest.fixture(scope="module", params=["qemu_arm", "qemu_riscv", "pico"])
def port(request, tmp_path_factory):
    with emulate.boot(request.param, build.build(request.param)) as machine:
        put_app(machine, tmp_path_factory.mktemp("app"), APP)
        with served(machine) as port:
            yield port


def fetch(port, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()


def test_the_app_answers(port):
    assert fetch(port, "/") == (200, b"hello")


def test_every_byte_passes_in_both_directions(port):
    assert fetch(port, "/echo", "POST", AWKWARD) == (200, AWKWARD)


def test_a_long_body_is_streamed(port):
    assert fetch(port, "/bytes/51200") == (200, bytes(range(256)) * 200)


def test_errors_are_answered(port):
    assert fetch(port, "/nowhere")[0] == 404
    assert fetch(port, "/fail")[0] == 500


def test_clients_wait_for_each_other(port):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(fetch(port, "/"))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [(200, b"hello")] * 5


def test_a_client_that_leaves_in_the_middle_harms_nobody(port):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /bytes/51200 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(100)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET / HTT")
    with socket.create_connection(("127.0.0.1", port)):
        pass
    assert fetch(port, "/") == (200, b"hello")


def test_what_the_app_prints_is_shown(port, capfd):
    fetch(port, "/")
    fetch(port, "/")  # by its end the first one's output has passed
    assert "someone is here\n" in capfd.readouterr().out


@pytest.mark.parametrize(
    "source, message",
    [("1 / 0", "ZeroDivisionError"), ("def main():\n    pass", "the app has no `app` to serve")],
    ids=["a-crash", "no-app"],
)
def test_an_app_that_cannot_be_served_is_told_with_the_boards_words(tmp_path, source, message):
    with emulate.boot("qemu_riscv", build.build("qemu_riscv")) as machine:
        put_app(machine, tmp_path, source)
        with Tunnel(machine.console, 0) as tunnel, pytest.raises(UserError, match="the app does not run") as caught:
            tunnel.serve_forever()
        assert message in caught.value.detail


def test_a_port_in_use_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {number} is in use"):
            Tunnel("socket://127.0.0.1:1", number)
