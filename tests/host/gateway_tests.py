"""What holds under every server, WSGI or ASGI: tests for a module that has the fixtures `server` and `served_file`."""

import socket
import sys

from servers import APPS, ROOT, free_port, http, serving

# a server signals its group to stop, so it gets one of its own
_OWN_GROUP = [sys.executable, "-c", "import os, sys; os.setpgrp(); os.execv(sys.argv[1], sys.argv[1:])"]


def under(command, served_file):
    """Run `command(port)`, a server for an application of APPS, for as long as the context lasts."""
    port = free_port()
    environment = {"SERVED_FILE": str(served_file), "PYTHONPATH": f"{ROOT}:{APPS}"}
    return serving(command(port), port, cwd=APPS, env=environment)


def test_request_as_the_application_sees_it(server):
    headers = {"X-Test": "caf\xe9".encode(), "Content-Type": "text/x-test", "Cookie": "a=b; c=d"}
    seen = http.post(server.url("/describe?a=b%20c"), headers=headers, content=b"12345").json()
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
    assert seen["cookies"] == {"a": "b", "c": "d"}
    assert seen["host"] in server.url("/")
    assert {"Content-Type", "X-Test", "Host"} <= set(seen["names"])


def test_paths_are_decoded_once(server):
    for path, argument in (
        ("a%20b", "a b"),
        ("%E2%82%AC", "\u20ac"),
        ("a%2520b", "a%20b"),
        ("100%25", "100%"),
        ("a+b", "a+b"),
    ):
        seen = http.get(server.url("/describe/" + path)).json()
        assert (seen["argument"], seen["path"], seen["url"]) == (argument, "/describe/" + argument, "/describe/" + path)


def test_bodies(server):
    assert http.post(server.url("/echo"), json={"a": 1}).json() == {"a": 1}
    assert http.post(server.url("/echo"), content=b"x" * 16384).content == b"x" * 16384
    assert http.post(server.url("/count"), content=b"x" * 1000000).text == "1000000"
    assert http.post(server.url("/echo"), content=b"x" * 2000000).status_code == 413


def check_chunked_bodies(server):
    """For the servers that hand them on."""
    assert http.post(server.url("/echo"), content=iter([b"one ", b"two"])).text == "one two"
    assert http.post(server.url("/count"), content=(b"x" * 1000 for _ in range(100))).text == "100000"
    assert http.post(server.url("/count"), content=(b"x" * 1000 for _ in range(2000))).status_code == 413


def test_responses(server):
    assert http.get(server.url("/")).text == "hello"
    assert http.get(server.url("/chunks")).text == "chunk 0, chunk 1, chunk 2, chunk 3, chunk 4, "
    res = http.get(server.url("/cookies"))
    assert res.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert {name.lower(): value for name, value in res.headers.raw}[b"x-text"].decode() == "caf\xe9"
    assert res.headers["x-number"] == "5"
    assert http.get(server.url("/none")).status_code == 204
    res = http.head(server.url("/"))
    assert (res.status_code, res.headers["content-length"], res.content) == (200, "5", b"")
    assert http.head(server.url("/chunks")).content == b""
    assert http.get(server.url("/abort")).status_code == 403
    assert http.delete(server.url("/")).headers["allow"] == "GET, HEAD, OPTIONS"


def test_files_with_conditions_and_ranges(server, served_file):
    res = http.get(server.url("/file"))
    assert res.content == served_file.read_bytes()
    assert (res.headers["content-type"], res.headers["content-length"]) == ("text/html", "512000")
    assert http.get(server.url("/file"), headers={"If-None-Match": res.headers["etag"]}).status_code == 304
    res = http.get(server.url("/file"), headers={"Range": "bytes=100-199"})
    assert (res.status_code, res.content) == (206, served_file.read_bytes()[100:200])
    assert http.head(server.url("/file")).headers["content-length"] == "512000"


def test_path_that_is_not_utf8_stays_encoded(server):
    assert http.get(server.url("/describe/a%FFb")).json()["argument"] == "a%FFb"


def test_what_servers_are_strict_about(server):
    assert http.get(server.url("/last")).status_code == 200


def test_errors(server):
    assert http.get(server.url("/fail")).status_code == 500
    assert http.get(server.url("/nothing")).status_code == 404
    for path in ("/bad-header", "/bad-reason"):
        res = http.get(server.url(path))
        assert (res.status_code, res.headers.get("set-cookie")) == (500, None)


def test_events(server):
    res = http.get(server.url("/events"))
    assert res.headers["content-type"] == "text/event-stream"
    assert res.text == "".join(f'event: count\ndata: {{"i": {i}}}\n\n' for i in range(3))


def check_shutdown(command, served_file):
    """The application can stop the server that `command(port)` runs; returns the status of its process and its output."""
    with under(lambda port: [*_OWN_GROUP, *command(port)], served_file) as server:
        assert http.get(server.url("/shutdown")).text == "bye"
        return server.process.wait(10), server.output


def check_own_server(app, served_file):
    """The application in the module `app` can be run without the gateway."""

    def command(port):
        return [sys.executable, "-c", f"from {app} import app; app.run('127.0.0.1', {port}); print('app stopped')"]

    with under(command, served_file) as server:
        seen = http.get(server.url("/describe?a=b"), headers={"X-Test": "x"}).json()
        assert (seen["url"], seen["header"], seen["client"]) == ("/describe?a=b", "x", "127.0.0.1")
        assert http.get(server.url("/shutdown")).text == "bye"
        assert server.process.wait(10) == 0
        assert "app stopped" in server.output


CORE_NAMES = "Microdot Request Response abort redirect send_file URLPattern HTTPException NoCaseDict MultiDict urlencode urldecode mro"


def check_names(module):
    """The gateways' modules have the names of the core beside their own Microdot."""
    assert not [name for name in CORE_NAMES.split() if not hasattr(module, name)]


#: streams without an end, and what the application prints when they are given up
ENDLESS = [("/forever", "generator closed"), ("/endless-events", "events ended")]


def check_stream_ends_when_the_client_goes(server, path, printed):
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while b"data: first" not in (data := sock.recv(65536)) and b"xxx" not in data:
            assert data
        assert printed not in server.output
    server.wait_for_output(printed)
