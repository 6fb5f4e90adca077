"""ASGI under real servers: Uvicorn and Hypercorn, with real clients."""

import asyncio
import json
import signal
import socket
import sys

import httpx
import pytest
from servers import APPS, ROOT, free_port, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

COMMANDS = {
    "uvicorn": [sys.executable, "-m", "uvicorn", "--log-level", "warning", "--port"],
    "hypercorn": [sys.executable, "-m", "hypercorn", "--log-level", "warning", "--bind"],
}


def start(name, served_file, app="asgi_app:app", **kwargs):
    port = free_port()
    bind = str(port) if name == "uvicorn" else f"127.0.0.1:{port}"
    environment = {"SERVED_FILE": str(served_file), "PYTHONPATH": f"{ROOT}:{APPS}"}
    return serving([*COMMANDS[name], bind, app], port, cwd=APPS, env=environment, **kwargs)


@pytest.fixture(scope="module")
def served_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "page.html"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, served_file):
    with start(request.param, served_file) as server:
        server.name = request.param
        yield server


def test_request_as_the_application_sees_it(server):
    headers = {"X-Test": "caf\xe9".encode(), "Content-Type": "text/x-test", "Cookie": "a=b; c=d"}
    seen = httpx.post(server.url("/describe?a=b%20c"), headers=headers, content=b"12345").json()
    assert {name: seen[name] for name in ("method", "path", "url", "query", "args", "header", "type", "length")} == {
        "method": "POST",
        "path": "/describe",
        "url": "/describe?a=b%20c",
        "query": "a=b%20c",
        "args": "b c",
        "header": "caf\xe9",
        "type": "text/x-test",
        "length": 5,
    }
    assert (seen["version"], seen["scheme"], seen["client"]) == ("HTTP/1.1", "http", "127.0.0.1")
    assert (seen["scope"], seen["cookies"]) == ("http", {"a": "b", "c": "d"})
    assert {"Content-Type", "X-Test", "Host"} <= set(seen["names"])


def test_paths_are_decoded_once(server):
    for path, argument in (
        ("a%20b", "a b"),
        ("%e2%82%ac", "\u20ac"),
        ("a%2520b", "a%20b"),
        ("100%25", "100%"),
        ("a+b", "a+b"),
    ):
        seen = httpx.get(server.url("/describe/" + path)).json()
        assert (seen["argument"], seen["path"], seen["url"]) == (argument, "/describe/" + argument, "/describe/" + path)


def test_bodies(server):
    assert httpx.post(server.url("/echo"), json={"a": 1}).json() == {"a": 1}
    assert httpx.post(server.url("/echo"), content=b"x" * 16384).content == b"x" * 16384
    assert httpx.post(server.url("/count"), content=b"x" * 1000000).text == "1000000"
    assert httpx.post(server.url("/echo"), content=b"x" * 2000000).status_code == 413
    assert httpx.post(server.url("/echo"), content=iter([b"one ", b"two"])).text == "one two"
    assert httpx.post(server.url("/count"), content=(b"x" * 1000 for _ in range(100))).text == "100000"
    assert httpx.post(server.url("/count"), content=(b"x" * 1000 for _ in range(2000))).status_code == 413


def test_responses(server):
    assert httpx.get(server.url("/")).text == "hello"
    assert httpx.get(server.url("/thread")).text == "thread"
    for path in ("/chunks", "/plain-chunks"):
        assert httpx.get(server.url(path)).text == "chunk 0, chunk 1, chunk 2, chunk 3, chunk 4, "
        assert httpx.head(server.url(path)).content == b""
    res = httpx.get(server.url("/cookies"))
    assert res.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert dict(res.headers.raw)[b"x-text"].decode() == "caf\xe9"
    assert res.headers["x-number"] == "5"
    assert httpx.get(server.url("/none")).status_code == 204
    res = httpx.head(server.url("/"))
    assert (res.status_code, res.headers["content-length"], res.content) == (200, "5", b"")
    assert httpx.get(server.url("/abort")).status_code == 403
    assert httpx.delete(server.url("/")).headers["allow"] == "GET, HEAD, OPTIONS"


def test_files_with_conditions_and_ranges(server, served_file):
    res = httpx.get(server.url("/file"))
    assert res.content == served_file.read_bytes()
    assert (res.headers["content-type"], res.headers["content-length"]) == ("text/html", "256000")
    assert httpx.get(server.url("/file"), headers={"If-None-Match": res.headers["etag"]}).status_code == 304
    res = httpx.get(server.url("/file"), headers={"Range": "bytes=100-199"})
    assert (res.status_code, res.content) == (206, served_file.read_bytes()[100:200])
    assert httpx.head(server.url("/file")).headers["content-length"] == "256000"


def test_errors(server):
    assert httpx.get(server.url("/fail")).status_code == 500
    assert httpx.get(server.url("/nothing")).status_code == 404
    res = httpx.get(server.url("/bad-header"))
    assert (res.status_code, res.headers.get("set-cookie")) == (500, None)


def test_events(server):
    res = httpx.get(server.url("/events"))
    assert res.headers["content-type"] == "text/event-stream"
    assert res.text == "".join(f'event: count\ndata: {{"i": {i}}}\n\n' for i in range(3))


@pytest.mark.parametrize("path, printed", [("/forever", "generator closed"), ("/endless-events", "events ended")])
def test_stream_ends_when_the_client_goes(server, path, printed):
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while b"data: first" not in (data := sock.recv(65536)) and b"xxx" not in data:
            assert data
        assert printed not in server.output
    server.wait_for_output(printed)


def test_many_requests_at_once(server):
    async def everybody():
        async with httpx.AsyncClient() as client:
            return await asyncio.gather(*[client.get(server.url("/thread" if i % 2 else "/")) for i in range(50)])

    assert {res.text for res in asyncio.run(everybody())} == {"hello", "thread"}


def test_websocket_echo(server):
    with connect(server.url("/websocket", "ws"), compression=None, subprotocols=["soap", "chat"]) as ws:
        assert ws.subprotocol == "chat"
        for message in ("text", b"bytes", "x" * 10000, ""):
            ws.send(message)
            assert ws.recv(timeout=5) == message
        ws.close(4000, "enough")
    # Hypercorn does not tell what the client said
    server.wait_for_output(
        "websocket closed 1006  32" if server.name == "hypercorn" else "websocket closed 4000 enough 32"
    )


def test_websocket_closed_by_the_application(server):
    with connect(server.url("/websocket/close", "ws"), compression=None) as ws:
        assert ws.recv(timeout=5) == "bye"
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=5)
        assert (ws.close_code, ws.close_reason) == (3001, "that was all")


def test_websocket_handler_that_fails(server):
    with connect(server.url("/websocket/fail", "ws"), compression=None) as ws:
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=5)
        assert ws.close_code == 1011


def test_websocket_message_that_is_too_large(server):
    with connect(server.url("/websocket", "ws"), compression=None) as ws:
        ws.send("x" * 16385)
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=5)
        assert ws.close_code == 1009


@pytest.mark.parametrize("path, origin", [("/nothing", None), ("/", None), ("/websocket", "http://evil.example")])
def test_websocket_that_is_refused(server, path, origin):
    with pytest.raises(InvalidStatus) as info:
        connect(server.url(path, "ws"), origin=origin).__enter__()
    assert info.value.response.status_code == 403


def test_websocket_of_an_allowed_origin(server):
    with connect(server.url("/websocket", "ws"), origin="http://good.example") as ws:
        ws.send("x")
        assert ws.recv(timeout=5) == "x"


def test_plain_request_to_a_websocket(server):
    assert httpx.get(server.url("/websocket")).status_code in (400, 404)


@pytest.mark.parametrize("name", COMMANDS)
def test_lifespan(name, served_file):
    with start(name, served_file) as server:
        server.wait_for_output("started lifespan")
        httpx.get(server.url("/"))
        server.process.send_signal(signal.SIGINT)
        server.process.wait(10)
        assert "stopped lifespan" in server.output


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_lifespan_that_fails(phase):
    sent = run_lifespan(f"async def f(scope): raise ValueError('no way')\napp = Microdot(lifespan_{phase}=f)")
    expected = [{"type": f"lifespan.{phase}.failed", "message": "ValueError('no way')"}]
    assert sent == ([] if phase == "startup" else [{"type": "lifespan.startup.complete"}]) + expected


def test_lifespan_without_functions():
    assert run_lifespan("app = Microdot()") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def run_lifespan(code):
    names = {}
    exec("from microdot.asgi import Microdot\n" + code, names)
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return events.pop(0)

    async def send(event):
        sent.append(event)

    asyncio.run(names["app"]({"type": "lifespan"}, receive, send))
    return sent


def test_scope_without_client_and_length():
    """What some servers leave out."""
    from microdot.asgi import Microdot

    app = Microdot()

    @app.post("/")
    async def index(request):
        return {"client": request.client_addr, "body": request.body.decode(), "url": request.url}

    sent = []

    async def receive():
        return {"type": "http.request", "body": b"text"}

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"]) == {"client": ["", 0], "body": "text", "url": "/"}


def test_shutdown_stops_uvicorn(served_file):
    wrapper = [sys.executable, "-c", "import os, sys; os.setpgrp(); os.execv(sys.argv[1], sys.argv[1:])"]
    port = free_port()
    command = [*wrapper, *COMMANDS["uvicorn"], port, "asgi_app:app"]
    with serving(command, port, cwd=APPS, env={"SERVED_FILE": str(served_file)}) as server:
        assert httpx.get(server.url("/shutdown")).text == "bye"
        server.process.wait(10)
        assert "stopped lifespan" in server.output


def test_run_falls_back_to_the_server_of_the_framework():
    port = free_port()
    code = f"from asgi_app import app; app.run('127.0.0.1', {port}); print('app stopped')"
    with serving([sys.executable, "-c", code], port, cwd=APPS, env={"PYTHONPATH": f"{ROOT}:{APPS}"}) as server:
        assert httpx.get(server.url("/")).text == "hello"
        assert httpx.get(server.url("/shutdown")).text == "bye"
        assert server.process.wait(10) == 0
        assert "app stopped" in server.output
