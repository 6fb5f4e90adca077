"""HTTPS over real sockets: both flavours on both runtimes, with certificates in every form."""

import asyncio
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import time

import httpx
import pytest
from servers import APPS, free_port, interpreter, serving
from websockets.sync.client import connect

from microdot.ssl import create_ssl_context


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with a certificate for localhost with an EC key, and one with an RSA key, in every form."""
    path = tmp_path_factory.mktemp("tls")
    for command in (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1",
        "x509 -in cert.pem -outform der -out cert.der",
        "pkcs8 -topk8 -nocrypt -in key.pem -outform der -out key.der",
        "req -x509 -newkey rsa:2048 -nodes -keyout rsa.key.pem -out rsa.pem -days 2 -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost,IP:127.0.0.1",
        "x509 -in rsa.pem -outform der -out rsa.der",
        "rsa -in rsa.key.pem -traditional -outform der -out rsa.pkcs1.der",
        "pkcs8 -topk8 -nocrypt -in rsa.key.pem -outform der -out rsa.pkcs8.der",
        "ec -in key.pem -outform der -out key.sec1.der",
        "ecparam -name prime256v1 -out parameters.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=path, check=True, capture_output=True)
    key = subprocess.run(["openssl", "ec", "-in", "key.pem"], cwd=path, check=True, capture_output=True).stdout
    (path / "key.with-parameters.pem").write_bytes((path / "parameters.pem").read_bytes() + key)
    return path


PAIRS = [
    ("cert.pem", "key.pem"),
    ("cert.der", "key.der"),
    ("cert.der", "key.sec1.der"),
    ("cert.pem", "key.with-parameters.pem"),
    ("rsa.pem", "rsa.key.pem"),
    ("rsa.der", "rsa.pkcs1.der"),
    ("rsa.der", "rsa.pkcs8.der"),
    ("rsa.pem", "rsa.pkcs8.der"),
]
KINDS = ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio"]


def serve(kind, image, folder, pair):
    runtime, flavour = kind.split("-")
    port = free_port()
    files = [str(folder / name) for name in pair]
    return serving([*interpreter(runtime, image), APPS / "secure.py", flavour, port, *files], port)


def client(folder, pair):
    trusted = "rsa.pem" if pair[0].startswith("rsa") else "cert.pem"
    return ssl.create_default_context(cafile=folder / trusted)


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_contexts_of_cpython(folder, pair):
    files = [folder / name for name in pair]
    assert isinstance(create_ssl_context(*map(str, files)), ssl.SSLContext)
    assert isinstance(create_ssl_context(*files), ssl.SSLContext)
    assert isinstance(create_ssl_context(*[file.read_bytes() for file in files]), ssl.SSLContext)


def test_context_with_a_password(folder):
    command = "ec -in key.pem -aes128 -passout pass:open -out locked.pem"
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    files = str(folder / "cert.pem"), str(folder / "locked.pem")
    assert isinstance(create_ssl_context(*files, password="open"), ssl.SSLContext)
    with pytest.raises(ssl.SSLError):
        create_ssl_context(*files, password="wrong")


def test_files_that_are_missing_or_no_certificates(folder):
    with pytest.raises(OSError):
        create_ssl_context("nothing.pem", str(folder / "key.pem"))
    with pytest.raises(ssl.SSLError):
        create_ssl_context(b"nonsense", (folder / "key.pem").read_bytes())


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_micropython_serves_every_form(unix_image, folder, pair):
    with serve("micropython-sync", unix_image, folder, pair) as server:
        assert httpx.get(server.url("/scheme", "https"), verify=client(folder, pair)).text == "https"


@pytest.fixture(scope="module", params=KINDS)
def server(request, unix_image, folder):
    with serve(request.param, unix_image, folder, PAIRS[1]) as server:
        yield server


@pytest.fixture
def context(folder):
    return client(folder, PAIRS[1])


def test_the_end_of_a_connection_is_told(server, context, request):
    if request.node.callspec.params["server"].startswith("micropython"):
        pytest.skip("MicroPython's TLS sockets have nothing to tell it with")
    raw = socket.create_connection(("127.0.0.1", server.port), 5)
    with context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as sock:
        sock.sendall(b"GET /scheme HTTP/1.0\r\n\r\n")
        answer = b""
        while data := sock.recv(1000):  # raises an error where the end could be that of a connection cut off
            answer += data
    assert answer.endswith(b"\r\n\r\nhttps")


def test_requests_and_responses(server, context):
    with httpx.Client(verify=context) as http:
        assert http.get(server.url("/scheme", "https")).text == "https"
        assert http.get(server.url("/large", "https")).content == b"x" * 200000
        assert http.post(server.url("/echo", "https"), content=b"y" * 16000).content == b"y" * 16000


def test_client_that_sends_everything_before_it_reads_gets_the_answer(server, context):
    size = 1_500_000
    with (
        socket.create_connection(("127.0.0.1", server.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=True) as sock,
    ):
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 10000):
            sock.sendall(b"x" * 10000)
        answer = b""
        while data := sock.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"Payload too large")


def test_websocket(server, context):
    with connect(server.url("/websocket", "wss"), ssl=context, compression=None) as ws:
        for message in ("text", b"bytes" * 2000, ""):
            ws.send(message)
            assert ws.recv(timeout=5) == message


def test_a_page_in_a_browser_with_a_secure_session_and_websocket(server, browser):
    for count in (1, 2):
        browser.open(server.url("/count", "https"))
        assert browser.text() == str(count)
    (cookie,) = browser.driver.get_cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == ("session", True, True, "Lax")
    echoed = browser.run("""
        const ws = new WebSocket(`wss://${location.host}/websocket`)
        ws.onopen = () => ws.send('hello')
        const message = await new Promise((done, fail) => { ws.onmessage = done; ws.onerror = fail })
        ws.close()
        return message.data
    """)
    assert echoed == "hello"


def test_early_frames_in_the_record_of_the_handshake_are_not_lost(server, context):
    """What TLS has decrypted already does not show when the socket is polled."""
    request = (
        b"GET /websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
        with context.wrap_socket(sock, server_hostname="localhost") as tls:
            tls.sendall(request + b"\x81\x85\x00\x00\x00\x00early" + b"\x81\x85\x00\x00\x00\x00again")
            data = b""
            while not data.endswith(b"\x81\x05again"):
                more = tls.recv(1000)
                assert more, data
                data += more
            assert data.endswith(b"\x81\x05early\x81\x05again")


def test_failed_handshakes_cost_one_line_and_their_own_socket(server, context):
    attempts = {
        "plain HTTP": lambda sock: sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        "noise": lambda sock: sock.sendall(bytes(range(256))),
        "distrust": distrust,
    }
    server.wait_for_output("TLS handshake")  # that of the probe that waited for the server
    for name, attempt in attempts.items():
        before = server.output
        with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
            attempt(sock)
            if sock.fileno() >= 0:
                read_to_the_end(sock)
        assert httpx.get(server.url("/scheme", "https"), verify=context).text == "https"
        wait_for_line(server, before)
        lines = server.output[len(before) :].splitlines()
        assert len(lines) == 1 and re.match("TLS handshake .*failed", lines[0]), (name, lines)


def test_a_client_that_is_gone_before_the_handshake_costs_a_line_at_most(server, context):
    server.wait_for_output("TLS handshake")  # that of the probe that waited for the server
    before = server.output
    server.process.send_signal(signal.SIGSTOP)
    try:
        for sent in (b"", b"hello"):
            sock = socket.create_connection(("127.0.0.1", server.port), 5)
            sock.sendall(sent)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert httpx.get(server.url("/scheme", "https"), verify=context).text == "https"
    lines = server.output[len(before) :].splitlines()
    assert len(lines) <= 2 and all(line.startswith("TLS handshake") for line in lines), lines


def test_failed_handshakes_leave_no_socket_behind(server, context):
    httpx.get(server.url("/scheme", "https"), verify=context)
    before = open_files(server)
    for number in range(30):
        with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
            sock.sendall(bytes([100 + number]) * 100)
            read_to_the_end(sock)
    assert httpx.get(server.url("/scheme", "https"), verify=context).text == "https"
    end = time.monotonic() + 10
    while open_files(server) > before:
        assert time.monotonic() < end, (before, open_files(server))
        time.sleep(0.1)


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_fifty_clients_at_once(server, context):
    async def ask(number):
        async with httpx.AsyncClient(verify=context, timeout=60) as http:
            return (await http.post(server.url("/echo", "https"), content=str(number))).text

    async def everybody():
        return await asyncio.gather(*map(ask, range(50)))

    assert asyncio.run(everybody()) == list(map(str, range(50)))


def wait_for_line(server, before):
    for _ in range(100):
        if server.output != before:
            return
        time.sleep(0.02)


def distrust(sock):
    with pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(sock, server_hostname="localhost")


def read_to_the_end(sock):
    try:
        while sock.recv(1000):
            pass
    except ConnectionError:
        pass


def test_silent_client_holds_nobody_up(server, context):
    with socket.create_connection(("127.0.0.1", server.port), 5):
        started = time.monotonic()
        assert httpx.get(server.url("/scheme", "https"), verify=context, timeout=10).text == "https"
        assert time.monotonic() - started < 7
