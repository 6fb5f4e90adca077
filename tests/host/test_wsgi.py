"""WSGI under real servers: the standard library's with its validator around the application, and Gunicorn."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import httpx
import pytest
import websockets
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
from servers import APPS, http
from websockets.sync.client import connect

from firmware.paths import cache_dir


def gunicorn_command(port):
    options = ["--threads", "8", "--workers", "2", "--log-level", "warning", "--no-control-socket"]
    return [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", "wsgi_app:app"]


@pytest.fixture(scope="module")
def gunicorn(served_file):
    with under(gunicorn_command, served_file) as server:
        yield server


@pytest.fixture(scope="session")
def uwsgi_program():
    """The program uwsgi, compiled once and kept in the cache; nobody but these tests needs it."""
    folder = cache_dir() / "uwsgi-2.0.31"
    program = folder / "bin" / "uwsgi"
    if not program.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "uwsgi==2.0.31"]
        profile = {"UWSGI_PROFILE": str(Path(__file__).with_name("uwsgi.ini")), "CFLAGS": "-O0"}
        result = subprocess.run(command, env={**os.environ, **profile}, capture_output=True, text=True)
        if result.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip("uWSGI does not install here: " + result.stderr.strip().rpartition("\n")[2])
    return program


@pytest.fixture(scope="module")
def uwsgi(served_file, uwsgi_program):
    options = ["--processes", "2", "--threads", "4", "--master", "--die-on-term", "--disable-logging"]
    # or it resets connections whose bodies nobody reads, at times before the answer has arrived
    options += ["--post-buffering", "65536"]
    with under(
        lambda port: [uwsgi_program, "--http", f"127.0.0.1:{port}", "--module", "wsgi_app:app", *options], served_file
    ) as server:
        yield server


@pytest.fixture(scope="module")
def validated(served_file):
    """The application behind the validator, in a server that complains on standard error and answers 500."""

    class Handler(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    class Server(WSGIServer):
        def url(self, path):
            return f"http://127.0.0.1:{self.server_port}{path}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVED_FILE", str(served_file))
        patch.syspath_prepend(APPS)
        from wsgi_app import app

        server = make_server("127.0.0.1", 0, validator(app), Server, Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["gunicorn", "uwsgi", "validated"])
def server(request):
    return request.getfixturevalue(request.param)


def test_chunked_bodies(gunicorn):
    check_chunked_bodies(gunicorn)


@pytest.mark.parametrize("name", ["gunicorn", "uwsgi"])
@pytest.mark.parametrize(("path", "printed"), ENDLESS)
def test_stream_ends_when_the_client_goes(request, name, path, printed):
    check_stream_ends_when_the_client_goes(request.getfixturevalue(name), path, printed)


def test_environ_and_reason_phrase(server):
    assert http.get(server.url("/environ/a%20b")).text == "/environ/a b"
    assert http.get(server.url("/abort")).reason_phrase == "Forbidden"


def test_websocket_without_a_socket_says_why(validated, capfd):
    key = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    res = http.get(validated.url("/websocket"), headers={**key, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    assert res.status_code == 500
    assert "this server does not give its connections away" in capfd.readouterr().err


def test_websocket_under_gunicorn(gunicorn):
    before = gunicorn.output
    with connect(gunicorn.url("/websocket", "ws"), compression=None, subprotocols=["chat"]) as ws:
        assert ws.subprotocol == "chat"
        for message in ("text", b"bytes", "x" * 10000, ""):
            ws.send(message)
            assert ws.recv(timeout=5) == message
        ws.close(4000, "enough")
        assert (ws.protocol.close_rcvd.code, ws.protocol.close_rcvd.reason) == (4000, "enough")
    assert http.get(gunicorn.url("/")).text == "hello"
    assert gunicorn.output == before


def test_websockets_in_several_threads(gunicorn):
    async def talk(i):
        async with websockets.connect(gunicorn.url("/websocket", "ws"), compression=None) as ws:
            for j in range(20):
                await ws.send(f"{i} {j}")
                assert await ws.recv() == f"{i} {j}"

    async def everybody():
        await asyncio.gather(*[talk(i) for i in range(6)])

    asyncio.run(asyncio.wait_for(everybody(), 20))


def test_threads_and_workers(gunicorn):
    with httpx.Client(verify=False) as client:
        answers = []

        def ask():
            answers.extend(http.get(gunicorn.url("/who")).text for _ in range(10))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.get(gunicorn.url("/")).text == "hello"
    assert len(answers) == 80
    assert len(set(answers)) > 1


def test_shutdown_stops_gunicorn(served_file):
    status, _ = check_shutdown(gunicorn_command, served_file)
    assert status == 0


def test_run_falls_back_to_the_server_of_the_framework(served_file):
    check_own_server("wsgi_app", served_file)


def test_content_headers_of_microdot_1():
    code = """
import io, json
from wsgi_app import app
environ = {'REQUEST_METHOD': 'POST', 'PATH_INFO': '/echo', 'HTTP_CONTENT_LENGTH': '4', 'HTTP_CONTENT_TYPE': 'text/x',
           'wsgi.input': io.BytesIO(b'body')}
print(json.dumps([b''.join(app(environ, lambda status, headers: print(json.dumps([status, headers])))).decode()]))
environ = {'REQUEST_METHOD': 'POST', 'PATH_INFO': '/echo', 'CONTENT_LENGTH': '-4', 'wsgi.input': io.BytesIO(b'body')}
app(environ, lambda status, headers: print(json.dumps([status])))
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=APPS, capture_output=True, text=True, env={"PYTHONPATH": f"{APPS.parents[2]}"}
    )
    started, body, refused = map(json.loads, result.stdout.splitlines())
    assert started == ["200 OK", [["Content-Type", "text/x"], ["Content-Length", "4"]]]
    assert body == ["body"]
    assert refused == ["400 Bad Request"]


@pytest.mark.parametrize("size, whole", [(100_000, True), (300_000, False)])
def test_large_files_are_left_to_the_server(tmp_path, size, whole):
    from microdot.wsgi import Microdot, send_file

    app = Microdot()
    app.get("/")(lambda request: send_file(str(tmp_path / "file")))
    (tmp_path / "file").write_bytes(b"x" * size)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.file_wrapper": FileWrapper}
    body = app(environ, lambda status, headers: None)
    assert isinstance(body, list if whole else FileWrapper)
    assert b"".join(body) == b"x" * size
    if not whole:
        body.close()


def test_names_of_the_core():
    import microdot.wsgi

    check_names(microdot.wsgi)
