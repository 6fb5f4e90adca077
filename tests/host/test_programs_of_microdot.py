"""Programs written for Microdot 1 and 2 run, with no more than their imports changed as the migration page says."""

import socket
import subprocess
import sys
import time

import httpx
import pytest
from servers import APPS, ROOT, free_port, http, interpreter, serving
from websockets.sync.client import connect

RUNTIMES = ["cpython", "micropython"]


def start(runtime, image, program, *args):
    port = free_port()
    return serving([*interpreter(runtime, image), APPS / program, *args, port], port)


def deploy(command, program, folder, imports):
    """Serve a program for Microdot by another server, with other imports."""
    source = (APPS / program).read_text()
    for old, new in imports.items():
        assert old in source
        source = source.replace(old, new)
    (folder / "program.py").write_text(source)
    port = free_port()
    command = [sys.executable, "-m", *command, f"127.0.0.1:{port}", "program:app"]
    return serving(command, port, cwd=folder, env={"PYTHONPATH": f"{ROOT}:{folder}"})


V1 = [f"{runtime}-{flavour}" for runtime in RUNTIMES for flavour in ("sync", "asyncio")]
DEPLOYED = {
    "gunicorn": (["gunicorn", "--threads=8", "--bind"], {"microdot import": "microdot.wsgi import"}),
    "hypercorn": (
        ["hypercorn", "--bind"],
        {"microdot.asyncio import": "microdot.asgi import", "asyncio.websocket import": "asgi.websocket import"},
    ),
}


@pytest.fixture(scope="module", params=[*V1, *DEPLOYED])
def v1(request, unix_image, tmp_path_factory):
    if request.param in DEPLOYED:
        command, imports = DEPLOYED[request.param]
        imports = {**imports, 'sys.argv[1] == "asyncio"': str(request.param == "hypercorn")}
        running = deploy(command, "program_v1.py", tmp_path_factory.mktemp("v1"), imports)
    else:
        runtime, flavour = request.param.split("-")
        running = start(runtime, unix_image, "program_v1.py", flavour)
    with running as server:
        yield server


@pytest.fixture(scope="module", params=[*RUNTIMES, "hypercorn"])
def v2(request, unix_image, tmp_path_factory):
    if request.param in DEPLOYED:
        running = deploy(
            DEPLOYED[request.param][0], "program_v2.py", tmp_path_factory.mktemp("v2"), DEPLOYED[request.param][1]
        )
    else:
        running = start(request.param, unix_image, "program_v2.py")
    with running as server:
        yield server


@pytest.fixture
def client1(v1):
    with httpx.Client(verify=False, base_url=v1.url("")) as client:
        yield client


@pytest.fixture
def client2(v2):
    with httpx.Client(verify=False, base_url=v2.url("")) as client:
        yield client


def test_v1_cookies_forms_and_redirects(client1):
    assert client1.get("/").text == "<h1>Hello, stranger</h1>"
    answer = client1.post("/", data={"name": "Ann"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    answer = client1.get("/")
    assert (answer.text, answer.headers["content-type"]) == ("<h1>Hello, Ann</h1>", "text/html; charset=UTF-8")


def test_v1_arguments_and_json(client1):
    answer = client1.get("/number/-7/abc/x/y?a=1&a=2&n=3")
    assert (answer.json(), answer.headers["x-last"]) == ([-7, "abc", "x/y", ["1", "2"], 3], "-7")
    assert client1.get("/number/7/abd/x").status_code == 404
    answer = client1.put("/json", json={"a": [1]})
    assert answer.json() == {"got": {"a": [1]}, "type": "application/json", "length": 9}
    assert (answer.status_code, answer.headers["x-kind"]) == (201, "json")


def test_v1_hooks_and_errors(client1):
    answer = client1.get("/", headers={"X-Stop": "1", "Origin": "https://example.com"})
    assert (answer.status_code, answer.text, answer.headers["x-seen"]) == (403, "stopped", "before")
    assert answer.headers["access-control-allow-origin"] == "https://example.com"
    answer = client1.get("/nothing", headers={"Origin": "https://example.com"})
    assert (answer.status_code, answer.json(), answer.headers["x-error"]) == (
        404,
        {"error": "resource not found"},
        "yes",
    )
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert (client1.get("/abort/418").status_code, client1.get("/abort/418").text) == (418, "no, 418")
    assert (client1.get("/missing").status_code, client1.get("/missing").text) == (410, "missing thing")
    assert client1.post("/missing").status_code == 405
    assert client1.options("/users/").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client1.post("/upload", content=bytes(70000)).status_code == 413


def test_v1_streams_and_files(client1):
    assert client1.get("/stream").text == "one,two,three"
    answer = client1.get("/file")
    assert answer.text.startswith('"""A program as they were written for Microdot 1,')
    assert answer.headers["content-length"] == str(len(answer.content))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/x-python", "max-age=60")
    for size in (100, 30000):
        assert client1.post("/upload", content=bytes(size)).json() == {"size": size}


def test_v1_sessions(client1):
    assert [client1.get("/session").json()["count"] for _ in range(3)] == [1, 2, 3]
    assert client1.post("/logout").status_code == 204
    assert client1.get("/session").json() == {"count": 1}


def test_v1_mounted_app(client1):
    assert client1.get("/users/").json() == ["susan"]
    assert client1.delete("/users/susan").status_code == 204


def test_v1_websocket(v1):
    with connect(v1.url("/echo", "ws")) as ws:
        for message in ("text", b"bytes", "x" * 1000):
            ws.send(message)
            assert ws.recv(timeout=5) == message


def test_v1_what_debug_prints_and_shutdown(unix_image):
    for runtime in RUNTIMES:
        for flavour in ("sync", "asyncio"):
            with start(runtime, unix_image, "program_v1.py", flavour) as server:
                http.get(server.url("/nothing"))
                assert http.get(server.url("/shutdown")).text == "The server is shutting down..."
                assert server.process.wait(10) == 0
                mode = "async" if flavour == "asyncio" else "threaded" if runtime == "cpython" else "sync"
                lines = server.output.splitlines()
                assert lines[0] == f"Starting {mode} server on 127.0.0.1:{server.port}..."
                assert lines[1:] == ["GET /nothing 404", "GET /shutdown 200"]


def test_v2_answers(client2):
    assert client2.get("/").text == "HELLO OVER HTTP"
    assert client2.get("/plain").text == "from a plain function"
    assert (client2.get("/status").status_code, client2.get("/status").content) == (202, b"")
    assert client2.get("/color/ff").json() == {"number": 255}
    assert client2.get("/color/fg").status_code == 404
    assert client2.get("/divide/1/0").json() == {"error": "ZeroDivisionError"}
    assert client2.get("/file").text.startswith('"""A program as they are written for Microdot 2,')


def test_v2_bodies(client2, v2):
    assert client2.post("/body", content=bytes(5000)).json() == {"where": "memory", "size": 5000}
    assert client2.post("/body", content=bytes(50000)).json() == {"where": "stream", "size": 50000}
    answer = client2.get("/countdown")
    assert (answer.text, answer.headers["x-kind"]) == ("43210", "countdown")
    v2.wait_for_output("countdown closed")


def test_v2_cookies_and_sessions(client2):
    assert client2.get("/cookies").headers["set-cookie"] == "a=b; Path=/; Max-Age=60; HttpOnly"
    assert "Max-Age=0" in client2.get("/cookies").headers["set-cookie"]
    assert [client2.get("/session").json()["count"] for _ in range(3)] == [1, 2, 3]
    assert "Max-Age=3600" in client2.get("/session").headers["set-cookie"]


def test_v2_events(client2):
    assert client2.get("/events").text.endswith(
        'event: counter\nid: 2\ndata: {"number": 2}\n\nretry: 2000\ndata: done\n\n'
    )
    assert client2.get("/late-events?name=Ann").text == "data: hello Ann\n\n"


def test_v2_websockets(v2):
    before = len(v2.output)
    with connect(v2.url("/echo", "ws")) as ws:
        ws.send("text")
        assert ws.recv(timeout=5) == "text"
    while "echo ended" not in v2.output[before:]:
        time.sleep(0.05)
    with connect(v2.url("/upgrade?name=Ann", "ws")) as ws:
        assert list(ws) == ["hello Ann"]
    assert http.get(v2.url("/upgrade")).status_code == 400
    assert "Traceback" not in v2.output[before:]


def test_v2_login(client2):
    answer = client2.get("/me?a=b")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login?next=/me%3Fa%3Db")
    answer = client2.post("/login?next=/me", data={"name": "susan"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/me")
    assert any(
        "_remember=" in cookie and "Max-Age=259200" in cookie for cookie in answer.headers.get_list("set-cookie")
    )
    assert client2.get("/me").text == "susan susan"
    assert client2.get("/password").text == "secret"
    client2.cookies.delete("session")
    assert client2.get("/me").text == "susan susan"
    assert client2.get("/password").status_code == 302
    client2.post("/logout")
    assert client2.get("/me").status_code == 302


def test_v2_authentication(client2):
    assert client2.get("/basic", auth=("ann", "open")).text == "ann"
    assert client2.get("/basic", auth=("ann", "shut")).headers["www-authenticate"].startswith("Basic realm=")
    assert client2.get("/token").text == "nobody"
    assert client2.get("/token", headers={"Authorization": "Bearer let-me-in"}).text == "robot"
    answer = client2.get("/robot", headers={"Authorization": "Bearer let-me-out"})
    assert (answer.status_code, answer.json()) == (401, {"error": "bad token"})


def test_v2_forms(client2):
    files = {"file": ("a.txt", b"contents")}
    assert client2.post("/form", data={"title": "A"}, files=files).json() == {"title": "A", "file": "contents"}
    assert client2.post("/iter", data={"title": "A"}, files=files).json() == {"title": "A", "file": ["a.txt", 8]}


def test_v2_csrf_cors_and_local_mounts(client2):
    assert client2.post("/guarded").text == "passed"
    foreign = {"Origin": "https://other.com", "Sec-Fetch-Site": "cross-site"}
    assert client2.post("/guarded", headers=foreign).status_code == 403
    allowed = {"Origin": "https://example.com", "Sec-Fetch-Site": "cross-site"}
    answer = client2.post("/guarded", headers=allowed)
    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("passed", "https://example.com")
    assert (client2.get("/admin/").status_code, client2.get("/admin/").text) == (403, "admins only")
    assert client2.get("/admin/?pin=1234").text == "/admin True"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_v2_under_curl(runtime, unix_image):
    """With HTTP/1.0 and 1.1, a connection used twice."""
    with start(runtime, unix_image, "program_v2.py") as server:
        for version, expected in (("--http1.0", "HTTP/1.0 200 OK"), ("--http1.1", "HTTP/1.1 200 OK")):
            command = ["curl", "-sSi", version, server.url(), server.url("/plain")]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
            assert answer.count(expected) == 2


@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_connections_that_the_program_accepts_are_closed(runtime, flavour, unix_image):
    with start(runtime, unix_image, "accepted.py", flavour) as server:
        with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            with sock.makefile("rb") as answer:
                assert answer.read().endswith(b"\r\n\r\n127.0.0.1")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_socket_of_a_request_waits_for_the_client(runtime, unix_image):
    with start(runtime, unix_image, "accepted.py", "sync") as server:
        with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
            sock.sendall(b"GET /by-socket HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.3)
            with sock.makefile("rb") as answer:
                assert len(answer.read()) == 200 * 65536
