"""Server-Sent Events over real sockets: both flavours on both runtimes."""

import json
import socket
import time

import httpx
import pytest
from servers import APPS, free_port, http, interpreter, serving

KINDS = ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio"]


@pytest.fixture(scope="module", params=KINDS)
def server(request, unix_image):
    runtime, flavour = request.param.split("-")
    port = free_port()
    with serving([*interpreter(runtime, unix_image), APPS / "streams.py", flavour, port], port) as server:
        server.kind = request.param
        yield server


def events_of(server, path, headers=None):
    """The events of a stream that ends, as a browser reads them: [(type, id, data), ...]."""
    events = []
    with http.stream("GET", server.url(path), headers=headers, timeout=20) as res:
        assert res.headers["content-type"] == "text/event-stream"
        assert res.headers["cache-control"] == "no-cache"
        kind, identity, data = "message", None, []
        for line in res.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                identity = value
            elif name == "data":
                data.append(value)
            elif not line and data:
                events.append((kind, identity, "\n".join(data)))
                kind, data = "message", []
    return events


def test_events_arrive_in_order(server):
    events = events_of(server, "/count/100")
    assert [json.loads(data)["n"] for _, _, data in events] == list(range(100))
    assert {kind for kind, _, _ in events} == {"count"}
    assert [identity for _, identity, _ in events] == [str(i) for i in range(100)]


def test_stream_goes_on_after_the_last_event_that_arrived(server):
    events = events_of(server, "/count/10", {"Last-Event-ID": "6"})
    assert [identity for _, identity, _ in events] == ["7", "8", "9"]


def test_a_browser_that_loses_the_stream_goes_on_where_it_was(server, browser):
    browser.open(server.url("/sent"))
    seen = browser.run("""
        const source = new EventSource('/pieces'), seen = []
        await new Promise(done => source.addEventListener('count', event => {
            seen.push(JSON.parse(event.data).n)
            if (seen.length == 9) done()
        }))
        source.close()
        return seen
    """)
    assert seen == list(range(9))


def open_stream(server, path):
    sock = socket.create_connection(("127.0.0.1", server.port), 10)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return sock


def read_until(sock, text):
    data = b""
    while text not in data:
        more = sock.recv(65536)
        assert more, data
        data += more
    return data


def test_first_event_comes_at_once_and_heartbeats_follow(server):
    if server.kind == "micropython-sync":
        heartbeat = b": tick"  # there are no threads there that could send them
    else:
        heartbeat = b"\r\n:\n\n\r\n"
    with open_stream(server, "/silent") as sock:
        started = time.monotonic()
        seen = read_until(sock, b"data: hello\n\n")
        assert time.monotonic() - started < 1
        if heartbeat not in seen:
            read_until(sock, heartbeat)


def test_client_that_goes_ends_the_function(server):
    before = server.output.count("silent ended")
    with open_stream(server, "/silent") as sock:
        read_until(sock, b"data: hello\n\n")
    deadline = time.monotonic() + 5
    while server.output.count("silent ended") == before:
        assert time.monotonic() < deadline, server.output
        time.sleep(0.05)
    assert "Traceback" not in server.output.replace("a test of an error", "")


def test_slow_client_holds_the_function_back(server):
    if server.kind == "micropython-sync":
        pytest.skip("without threads nobody can look on meanwhile")
    with open_stream(server, "/flood") as sock:
        stopped = settled(server)
        assert 0 < stopped < 50000
        for _ in range(200):
            sock.recv(65536)
        assert settled(server) > stopped


def settled(server):
    """How many events were sent when the function no longer gets on."""
    before = -1
    while (now := int(http.get(server.url("/sent")).text)) != before:
        before = now
        time.sleep(0.3)
    return now


def test_error_among_events_ends_the_stream(server):
    with pytest.raises(httpx.RemoteProtocolError):
        events_of(server, "/fail")
    server.wait_for_output("ValueError: a test of an error")
