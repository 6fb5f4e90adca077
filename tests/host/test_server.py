"""Both servers on both runtimes, over real sockets with real clients."""

import json
import os
import resource
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from live import IDS, KINDS, LiveApp, http
from malformed import ACCEPTED, REJECTED, UNFINISHED
from transports import splits

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module", params=KINDS, ids=IDS)
def server(request, unix_image):
    """A server that the tests of the module share."""
    with LiveApp(*request.param, unix_image) as server:
        yield server.ready()


@pytest.fixture(params=KINDS, ids=IDS)
def start(request, unix_image):
    """Start a server with options of its own."""
    running = []

    def start(**options):
        server = LiveApp(*request.param, unix_image, **options).__enter__()
        running.append(server)
        return server.ready()

    yield start
    for server in running:
        server.__exit__()


def test_a_browser_s_request(server):
    response = http.get(server.url)
    assert (response.status_code, response.text, response.http_version) == (200, "hello", "HTTP/1.1")
    assert response.headers["content-length"] == "5"
    assert response.headers["date"].endswith(" GMT")
    assert "server" not in response.headers


def test_curl_gets_it(server):
    result = subprocess.run(["curl", "-sS", "-i", server.url], capture_output=True, text=True, timeout=10)
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "HTTP/1.1 200 OK")
    assert result.stdout.endswith("\n\nhello")


@pytest.mark.parametrize("row", REJECTED + UNFINISHED, ids=lambda row: row[0])
def test_malformed_requests(server, row):
    _, data, status = row
    data = data.replace(b"POST / ", b"POST /echo ")
    for pieces in splits(data, 1):
        answer = server.exchange(data, pieces)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.count(b"HTTP/1.1 ") == 1


def test_the_empty_connection(server):
    assert server.exchange(b"").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row[0])
def test_tolerated_requests(server, row):
    _, data, _ = row
    data = data.replace(b"POST / ", b"POST /echo ")
    for pieces in splits(data, 1):
        assert server.exchange(data, pieces).startswith(b"HTTP/1.1 200 OK\r\n")


def test_connections_persist(server):
    with httpx.Client(base_url=server.url, verify=False) as client:
        ports = {client.get("/port").text for _ in range(5)}
    assert len(ports) == (1 if server.keeps else 5)


def test_a_server_without_threads_says_that_it_closes(server):
    with server.connect() as raw:
        raw.send(GET)
        head, _ = raw.response()
    assert (b"Connection: close\r\n" in head) is not server.keeps


def test_http_1_0_is_closed(server):
    with server.connect() as raw:
        raw.send(b"GET / HTTP/1.0\r\n\r\n")
        answer = raw.rest()
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n") and answer.endswith(b"\r\n\r\nhello")


def test_connection_close_is_honoured(server):
    with server.connect() as raw:
        raw.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"Connection: close\r\n" in raw.rest()


def test_pipelined_requests_are_answered_in_order(server):
    if not server.keeps:
        pytest.skip("without threads each connection serves one request")
    post = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
    for pieces in splits(GET + post + GET, 2):
        answer = server.exchange(b"", pieces)
        bodies = [part.split(b"\r\n\r\n")[1] for part in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]]
        assert bodies == [b"hello", b"hi", b"hello"]


def test_chunked_both_ways(server):
    response = http.post(server.url + "/echo", content=iter([b"one ", b"two ", b"three"]))
    assert response.text == "one two three"
    response = http.get(server.url + "/stream")
    assert (response.text, response.headers["transfer-encoding"]) == ("one two three", "chunked")


def test_a_large_body_comes_back_whole(server):
    data = bytes(range(256)) * 60
    assert http.post(server.url + "/echo", content=data).content == data


def test_a_body_over_the_limit_is_refused_and_the_answer_arrives(server):
    data = b"x" * 200_000
    response = http.post(server.url + "/echo", content=data)
    assert (response.status_code, response.text) == (413, "Payload too large")


def test_client_that_sends_everything_before_it_reads_gets_the_answer(server):
    size = 1_500_000
    with server.connect() as raw:
        raw.sock.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 1000):
            raw.sock.sendall(b"x" * 1000)
        answer = raw.rest()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nPayload too large")


def test_client_that_goes_on_sending_is_left_in_the_end_and_does_not_keep_others_waiting(server):
    with server.connect() as raw:
        raw.sock.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        begun = time.monotonic()
        with pytest.raises(OSError, match="reset|Broken pipe"):
            while time.monotonic() < begun + 20:
                raw.sock.sendall(b"x" * 10)
                if server.keeps:
                    assert http.get(server.url, timeout=0.5).text == "hello"
                time.sleep(0.1)
    assert http.get(server.url).text == "hello"


def test_client_that_sends_without_a_pause_does_not_keep_others_waiting(start):
    server = start(request={"max_content_length": 10**12})
    if not server.keeps:
        pytest.skip("without threads clients are served one after the other")
    with server.connect() as raw, ThreadPoolExecutor(1) as pool:
        raw.send(b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n")

        def flood():
            while time.monotonic() < begun + 1:
                raw.send(b"x" * 100_000)

        begun = time.monotonic()
        flooding = pool.submit(flood)
        for _ in range(3):
            assert http.get(server.url, timeout=0.5).text == "hello"
        flooding.result()


def test_a_large_download(server):
    assert len(http.get(server.url + "/zeros/1000", timeout=20).content) == 1024 * 1000


def test_a_slow_reader_gets_everything(server):
    with server.connect() as raw:
        raw.send(b"GET /zeros/500 HTTP/1.0\r\n\r\n")
        time.sleep(0.2)
        assert len(raw.rest().split(b"\r\n\r\n", 1)[1]) == 1024 * 500


def test_curl_waits_for_100_continue(server):
    command = ["curl", "-sS", "-v", "-H", "Expect: 100-continue", "--data-binary", "x" * 2000, server.url + "/echo"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=10)
    assert result.stdout == "x" * 2000
    assert "< HTTP/1.1 100 Continue" in result.stderr


def test_continue_is_not_sent_for_what_is_refused(server):
    with server.connect() as raw:
        raw.send(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert raw.until(b"\r\n").startswith(b"HTTP/1.1 404 ")


def test_head_has_no_body(server):
    response = http.head(server.url)
    assert (response.status_code, response.headers["content-length"], response.content) == (200, "5", b"")
    with server.connect() as raw:
        raw.send(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert raw.rest().endswith(b"\r\n\r\n")


def test_fifty_clients_at_once(server):
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda n: http.post(server.url + "/echo", content=b"%d" % n, timeout=20).text, range(50))
        )
    assert answers == [str(n) for n in range(50)]


def test_clients_are_served_side_by_side(server):
    if not server.keeps:
        pytest.skip("without threads clients are served one after the other")
    start = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(lambda _: http.get(server.url + "/slow/300").text, range(5))) == ["slept"] * 5
    assert time.monotonic() - start < 1.2


def test_an_exception_is_printed_and_a_vanished_client_is_not(start):
    server = start()
    for _ in range(3):
        with server.connect() as raw:
            raw.send(b"GET /zeros/2000 HTTP/1.1\r\nHost: a\r\n\r\n")
            raw.until(b"\r\n")
            raw.reset()
    with server.connect() as raw:
        raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        raw.reset()
    assert http.get(server.url).status_code == 200
    assert server.output() == ""
    assert http.get(server.url + "/fail").status_code == 500
    assert "ValueError: on purpose" in server.output()


LIMITS = {"head_timeout_ms": 400, "idle_timeout_ms": 400, "body_timeout_ms": 400, "write_timeout_ms": 400}
LATEST = 2.5  # MicroPython looks at the clock every half second


def test_a_slow_head_is_given_up_and_does_not_keep_others_waiting(start):
    server = start(settings=LIMITS)
    began = time.monotonic()
    with server.connect() as raw:
        raw.send(b"GET / HT")
        assert http.get(server.url).status_code == 200
        if server.keeps:
            assert time.monotonic() - began < 0.35
        while time.monotonic() - began < 0.3:
            raw.send(b"T")  # a byte now and then does not help
            time.sleep(0.05)
        answer = raw.rest(LATEST)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 400 "))
    assert time.monotonic() - began < LATEST


def test_connections_ahead_of_need_do_not_keep_others_waiting(start):
    server = start()
    silent = [server.connect() for _ in range(3)]
    began = time.monotonic()
    assert http.get(server.url).text == "hello"
    assert time.monotonic() - began < 1
    for raw in silent:
        raw.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert raw.rest().endswith(b"\r\n\r\nhello")


def test_clients_that_connect_at_once_and_send_later_are_all_served(start):
    server = start(settings={"max_connections": 3})
    clients = [server.connect() for _ in range(20)]
    time.sleep(0.1)
    for raw in clients:
        raw.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert [raw.rest()[-5:] for raw in clients] == [b"hello"] * 20


def test_silent_connections_make_room_for_others(start):
    server = start(settings={**LIMITS, "max_connections": 2})
    silent = [server.connect() for _ in range(6)]
    assert http.get(server.url).text == "hello"
    assert [raw.rest(LATEST) for raw in silent] == [b""] * 6


def test_an_idle_connection_is_closed_without_a_word(start):
    server = start(settings=LIMITS)
    if not server.keeps:
        pytest.skip("without threads connections are never idle")
    with server.connect() as raw:
        raw.send(GET)
        raw.response()
        assert raw.rest(LATEST) == b""


def test_a_body_that_stalls_is_given_up(start):
    server = start(settings=LIMITS)
    with server.connect() as raw:
        raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        answer = raw.rest(LATEST)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"\r\nConnection: close\r\n" in answer


def test_a_body_that_makes_progress_is_read(start):
    server = start(settings=LIMITS)
    with server.connect() as raw:
        raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            time.sleep(0.15)
            raw.send(b"x")
        assert raw.rest().endswith(b"\r\n\r\nxxxxx")


def test_a_client_that_does_not_read_is_given_up(start):
    server = start(settings=LIMITS)
    with server.connect() as raw:
        raw.send(b"GET /zeros/30000 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1.5)
        assert http.get(server.url, timeout=5).status_code == 200
        assert len(raw.rest()) < 1024 * 30000
    assert server.output() == ""


def test_over_the_cap_clients_wait_their_turn(start):
    server = start(settings={"max_connections": 2})
    if not server.keeps:
        pytest.skip("without threads there is one connection at a time anyway")
    time.sleep(0.1)  # for the connection that found the server ready to be forgotten
    with server.connect() as first, server.connect() as second, server.connect() as third:
        second.send(GET)
        second.response()
        third.send(GET)
        assert third.is_silent(0.3)
        first.sock.close()
        assert third.response()[1] == b"hello"


def test_file_descriptors_are_given_back(start):
    server = start()
    before = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    for _ in range(30):
        http.get(server.url)
        server.exchange(b"GARBAGE\r\n\r\n")
    time.sleep(0.1)
    assert len(os.listdir(f"/proc/{server.process.pid}/fd")) <= before + 1


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux takes file descriptors from a running process")
def test_a_server_that_is_out_of_file_descriptors_recovers(start):
    server = start(settings={"max_connections": 100})
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (16, 16))
    clients = [server.connect() for _ in range(30)]
    time.sleep(0.3)
    for raw in clients:
        raw.sock.close()
    assert http.get(server.url, timeout=5).text == "hello"


def test_shutdown_from_a_handler(start):
    server = start()
    assert http.get(server.url + "/shutdown").text == "bye"
    assert server.ended() == 0
    assert server.output().endswith("stopped\n")


def test_shutdown_finishes_what_was_begun_and_closes_what_is_idle(start):
    server = start()
    if not server.keeps:
        pytest.skip("without threads nothing else is going on")
    with server.connect() as idle, server.connect() as busy, server.connect() as stopper:
        idle.send(GET)
        idle.response()
        busy.send(b"GET /slow/500 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.1)
        stopper.send(b"GET /shutdown HTTP/1.1\r\nHost: a\r\n\r\n")
        assert stopper.response()[1] == b"bye"
        assert idle.rest(0.4) == b""
        assert busy.response()[1] == b"slept"
    assert server.ended() == 0


def test_a_server_can_be_run_again(start):
    server = start(runs=2)
    http.get(server.url + "/shutdown")
    deadline = time.monotonic() + 5
    while server.output().count("stopped") < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    server.ready()
    assert http.get(server.url).text == "hello"
    http.get(server.url + "/shutdown")
    assert server.ended() == 0


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_shutdown_before_the_start(kind, unix_image):
    with LiveApp(*kind, unix_image, shutdown="early") as server:
        assert server.ended() == 0
        assert server.output() == "stopped\n"


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_a_port_in_use_is_an_error(kind, unix_image):
    with LiveApp(*kind, unix_image) as first:
        first.ready()
        with LiveApp(*kind, unix_image, port=first.port) as second:
            assert second.ended() != 0
            assert "OSError" in second.output()


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_a_client_of_ipv6_has_an_address_of_two_parts(kind, unix_image):
    with LiveApp(*kind, unix_image, host="::1") as server:
        server.ready()
        assert json.loads(http.get(server.url + "/client").text)[0] == "::1"
        assert len(json.loads(http.get(server.url + "/client").text)) == 2


def test_debug_prints_the_address_and_a_line_for_each_request(start):
    server = start(debug=True)
    http.get(server.url + "/?x=y")
    http.get(server.url + "/nowhere%0aGET%20/secret%1b")
    mode = "async" if server.flavour == "asyncio" else "threaded" if server.keeps else "sync"
    lines = [line for line in server.output().splitlines() if line]
    assert lines[0] == f"Starting {mode} server on 127.0.0.1:{server.port}..."
    assert lines[-2:] == ["GET / 200", r"GET /nowhere\nGET /secret\x1b 404"]
