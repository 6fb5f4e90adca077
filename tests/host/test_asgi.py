"""ASGI under real servers: Uvicorn and Hypercorn, with real clients."""

import asyncio
import json
import signal
import sys

import httpx
import pytest
from gateway_tests import (  # noqa: F401
    ENDLESS,
    check_chunked_bodies,
    check_names,
    check_own_server,
    check_shutdown,
    check_stream_ends_when_the_client_goes,
    test_bodies,
    test_errors,
    test_events,
    test_files_with_conditions_and_ranges,
    test_path_that_is_not_utf8_stays_encoded,
    test_paths_are_decoded_once,
    test_request_as_the_application_sees_it,
    test_responses,
    test_what_servers_are_strict_about,
    under,
)
from servers import http
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from microdot.sse import with_sse

PROGRAM = [sys.executable, "-m"]
COMMANDS = {
    "uvicorn": lambda port: [*PROGRAM, "uvicorn", "--log-level", "warning", "--port", port, "asgi_app:app"],
    "hypercorn": lambda port: [
        *PROGRAM,
        "hypercorn",
        "--log-level",
        "warning",
        "--bind",
        f"127.0.0.1:{port}",
        "asgi_app:app",
    ],
}


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, served_file):
    with under(COMMANDS[request.param], served_file) as server:
        server.name = request.param
        yield server


def test_chunked_bodies(server):
    check_chunked_bodies(server)


def test_scope_threads_and_asynchronous_generators(server):
    assert http.get(server.url("/scope")).text == "http"
    assert http.get(server.url("/thread")).text == "thread"
    assert http.get(server.url("/generator")).text == "chunk 0, chunk 1, chunk 2, chunk 3, chunk 4, "
    assert http.head(server.url("/generator")).content == b""


@pytest.mark.parametrize(("path", "printed"), ENDLESS)
def test_stream_ends_when_the_client_goes(server, path, printed):
    check_stream_ends_when_the_client_goes(server, path, printed)


def test_many_requests_at_once(server):
    async def everybody():
        async with httpx.AsyncClient(verify=False) as client:
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
        assert ws.recv(timeout=5) == b"bbyy"
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=5)
        assert (ws.close_code, ws.close_reason) == (3001, "that was all")


def test_websocket_handler_that_fails(server):
    with connect(server.url("/websocket/fail", "ws"), compression=None) as ws:
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=5)
        assert ws.close_code == 1011


@pytest.mark.parametrize(
    ("path", "printed"),
    [("/websocket/push", "push ended"), ("/websocket/absent", "absent cancelled True")],
)
@pytest.mark.parametrize("closes", [True, False])
def test_websocket_function_ends_when_the_client_goes(server, path, printed, closes):
    seen = server.output.count(printed)
    with connect(server.url(path, "ws"), compression=None) as ws:
        ws.recv(timeout=5)
        if not closes:
            ws.socket.close()
    server.wait_for_output(rf"(?s)({printed}.*){{{seen + 1}}}")
    assert "Cancelled" not in server.output


def test_websocket_receive_with_a_time_limit(server):
    with connect(server.url("/websocket/impatient", "ws"), compression=None) as ws:
        assert ws.recv(timeout=5) == "well?"
        ws.send("slow")
        while (message := ws.recv(timeout=5)) == "well?":
            pass
        assert message == "slow"


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
    assert http.get(server.url("/websocket")).status_code in (400, 404)


@pytest.mark.parametrize("name", COMMANDS)
def test_lifespan(name, served_file):
    with under(COMMANDS[name], served_file) as server:
        server.wait_for_output("started lifespan")
        http.get(server.url("/"))
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
    return call(names["app"], {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})


def call(app, scope, *events):
    """What `app` sends of itself when a server calls it with `scope`, and with `events` to receive."""
    left = list(events)
    sent = []

    async def receive():
        return left.pop(0)

    async def send(event):
        sent.append(event)

    asyncio.run(app(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "described", [{"headers": [(b"transfer-encoding", b"chunked")]}, {"headers": [], "http_version": "2"}]
)
def test_scope_without_client_and_length(described):
    """What some servers leave out; HTTP/2 needs no field to announce a body."""
    from microdot.asgi import Microdot

    app = Microdot()

    @app.post("/")
    async def index(request):
        return {"client": request.client_addr, "body": request.body.decode(), "url": request.url}

    events = [{"type": "http.request", "body": b"te", "more_body": True}, {"type": "http.request", "body": b"xt"}]
    sent = call(app, {"type": "http", "method": "POST", "path": "/", **described}, *events)
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"]) == {"client": ["", 0], "body": "text", "url": "/"}


def test_malformed_request_may_be_answered_with_a_stream():
    from microdot.asgi import Microdot

    app = Microdot()

    @app.errorhandler(400)
    async def bad_request(request):
        return (text for text in ("b", "ad")), 400

    async def receive():
        await asyncio.sleep(60)

    sent = []

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"x")]}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert b"".join(event["body"] for event in sent[1:]) == b"bad"


@pytest.mark.parametrize("what", ["/file", "/chunks"])
def test_server_that_tells_the_absence_of_a_client_by_an_error(what, served_file):
    from microdot.asgi import Microdot, send_file

    app = Microdot()
    closed = []

    @app.get("/file")
    async def file(request):
        return send_file(str(served_file))

    @app.get("/chunks")
    async def chunks(request):
        async def body():
            try:
                while True:
                    yield "x"
            finally:
                closed.append(True)

        return body()

    async def receive():
        await asyncio.sleep(60)

    async def send(event):
        if event["type"] == "http.response.body":
            raise ConnectionResetError(104, "gone")

    asyncio.run(app({"type": "http", "method": "GET", "path": what, "headers": []}, receive, send))
    assert closed == [True] * (what == "/chunks")


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_server_that_takes_what_nobody_gets_and_never_waits(kind):
    from microdot.asgi import Microdot
    from microdot.asgi.websocket import with_websocket

    app = Microdot()
    ended = []

    async def flood(send):
        try:
            while True:
                await send("x")
        finally:
            ended.append(True)

    @app.get("/http")
    @with_sse
    async def events(request, sse):
        await flood(sse.send)

    @app.get("/websocket")
    @with_websocket
    async def messages(request, ws):
        await flood(ws.send)

    events = [{"type": f"{kind}.connect"}] * (kind == "websocket") + [{"type": f"{kind}.disconnect"}]
    sent = []

    async def receive():
        return events.pop(0)

    async def send(event):
        sent.append(event)
        if len(sent) == 1000:
            raise OSError("the client was gone long ago")

    asyncio.run(app({"type": kind, "path": f"/{kind}", "headers": []}, receive, send))
    assert ended == [True]
    assert len(sent) < 100


def test_logger_names_the_version_once():
    from microdot.asgi import Microdot

    app = Microdot()
    lines = []
    app.logger = lines.append
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "client": ("::1", 5)}
    call(app, scope)
    assert lines == ['::1 "GET /x HTTP/1.1" 404']


def test_shutdown_stops_uvicorn(served_file):
    _, output = check_shutdown(COMMANDS["uvicorn"], served_file)
    assert "stopped lifespan" in output


def test_run_falls_back_to_the_server_of_the_framework(served_file):
    check_own_server("asgi_app", served_file)


def test_names_of_the_core():
    import microdot.asgi

    check_names(microdot.asgi)
    for name in ("WebSocket", "websocket_upgrade", "with_websocket"):
        assert getattr(microdot.asgi, name) is getattr(microdot.asgi.websocket, name)
