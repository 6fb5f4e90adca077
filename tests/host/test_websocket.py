"""WebSockets over real sockets: the `websockets` library against both flavours on both runtimes, and `websocket_alt`."""

import asyncio
import socket
import struct
import threading
import time

import pytest
import websockets
from servers import APPS, free_port, interpreter, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import connect

from microdot.frames import TEXT, encode


KINDS = ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio", "micropython-alt"]


@pytest.fixture(scope="module", params=KINDS)
def server(request, unix_image):
    runtime, flavour = request.param.split("-")
    port = free_port()
    with serving([*interpreter(runtime, unix_image), APPS / "sockets.py", flavour, port], port) as server:
        server.serves_one_at_a_time = request.param in ("micropython-sync", "micropython-alt")
        server.is_async = flavour == "asyncio"
        yield server


def open_echo(server, path="/echo", **kwargs):
    return connect(server.url(path, "ws"), compression=None, max_size=None, **kwargs)


def test_messages_of_every_kind_and_size(server):
    with open_echo(server) as ws:
        for size in (0, 1, 5, 125, 126, 300, 1000, 1460, 4096, 16384):
            for message in ("x" * size, b"y" * size):
                ws.send(message)
                assert ws.recv(timeout=5) == message


def test_messages_with_lengths_of_64_bits(server):
    with open_echo(server, "/large") as ws:
        for size in (65535, 65536, 65537, 200000):
            message = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
            ws.send(message)
            assert ws.recv(timeout=10) == message


def test_fragments(server):
    with open_echo(server) as ws:
        ws.send(["a", "\u20ac", "", "c" * 2000])
        assert ws.recv(timeout=5) == "a\u20ac" + "c" * 2000


def test_many_messages_in_a_row(server):
    with open_echo(server) as ws:
        for i in range(500):
            ws.send(f"message {i}")
        assert [ws.recv(timeout=5) for _ in range(500)] == [f"message {i}" for i in range(500)]


def test_pings_are_answered(server):
    with open_echo(server) as ws:
        assert ws.ping(b"are you there").wait(5)
        ws.send("still alive")
        assert ws.recv(timeout=5) == "still alive"


def test_pushed_messages_and_a_close_with_reason(server):
    with open_echo(server, "/push/50") as ws:
        assert list(take_all(ws)) == [str(i) for i in range(50)]
        assert (ws.close_code, ws.close_reason) == (3000, "that was all")


def take_all(ws):
    try:
        while True:
            yield ws.recv(timeout=5)
    except ConnectionClosed:
        pass


def test_close_of_the_client_is_answered_with_its_code(server):
    with open_echo(server) as ws:
        ws.close(4001, "enough")
        assert (ws.protocol.close_rcvd.code, ws.protocol.close_rcvd.reason) == (4001, "enough")


def test_error_in_the_handler_closes_with_1011(server):
    with open_echo(server, "/fail") as ws:
        assert list(take_all(ws)) == []
        assert ws.close_code == CloseCode.INTERNAL_ERROR
    server.wait_for_output("ValueError: a test of an error")


def masked(first, payload=b""):
    return encode(first & 0x7F, payload, first >= 0x80, b"\x01\x02\x03\x04")


@pytest.mark.parametrize(
    "frames, code",
    [
        (masked(0x81, b"\xff\xfe"), 1007),
        (masked(0x01, b"\xe2\x82") + masked(0x00, b"x"), 1007),
        (masked(0x01, b"a") + masked(0x81, b"b"), 1002),
        (masked(0x80, b"a"), 1002),
        (masked(0xC1, b"a"), 1002),
        (masked(0x83, b"a"), 1002),
        (masked(0x88, struct.pack(">H", 1005)), 1002),
        (masked(0x82, bytes(16385)), 1009),
        (masked(0x02, bytes(10000)) + masked(0x80, bytes(10000)), 1009),
    ],
)
def test_violations_are_answered_with_their_code(server, frames, code):
    with open_echo(server) as ws:
        ws.socket.sendall(frames)
        assert list(take_all(ws)) == []
        assert ws.close_code == code


def test_unmasked_frames_are_refused(server):
    with open_echo(server) as ws:
        ws.socket.sendall(encode(TEXT, b"a"))
        assert list(take_all(ws)) == []
        assert ws.close_code == 1002


def test_frames_byte_by_byte(server):
    with open_echo(server) as ws:
        ws.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in masked(0x81, "h\xe9llo".encode()):
            ws.socket.sendall(bytes([byte]))
            time.sleep(0.002)
        assert ws.recv(timeout=5) == "h\xe9llo"


def test_subprotocol(server):
    with open_echo(server, subprotocols=["soap", "chat"]) as ws:
        assert ws.subprotocol == "chat"


def test_refused_handshake_is_an_http_response(server):
    with pytest.raises(InvalidStatus) as info:
        open_echo(server, "/nothing")
    assert info.value.response.status_code == 404
    with pytest.raises(InvalidStatus) as info:
        open_echo(server, "/plain")
    assert info.value.response.status_code == 200


def test_vanished_client_costs_no_line(server):
    before = server.output
    with open_echo(server) as ws:
        ws.send("x")
        ws.recv(timeout=5)
        ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.socket.close()
    with open_echo(server) as ws:
        ws.send("still there")
        assert ws.recv(timeout=5) == "still there"
    assert server.output == before


def test_many_clients_at_once(server):
    if server.serves_one_at_a_time:
        count = 1  # without threads a WebSocket holds the server
    else:
        count = 6  # as many as MicroPython admits by default

    async def talk(i):
        async with websockets.connect(server.url("/echo", "ws"), compression=None) as ws:
            for j in range(50):
                await ws.send(f"{i} {j}")
                assert await ws.recv() == f"{i} {j}"

    async def everybody():
        await asyncio.gather(*[talk(i) for i in range(count)])

    asyncio.run(asyncio.wait_for(everybody(), 20))


def test_slow_reader_gets_everything(server):
    with open_echo(server) as ws:
        received = []
        reader = threading.Thread(target=lambda: received.extend(ws.recv(timeout=10) for _ in range(200)))
        for i in range(200):
            ws.send(f"{i:05}" * 1000)
            if i == 150:
                reader.start()
        reader.join(20)
        assert received == [f"{i:05}" * 1000 for i in range(200)]


def test_receive_with_a_time_limit(server):
    if not server.is_async:
        pytest.skip("only coroutines can be given up")
    with open_echo(server, "/impatient") as ws:
        assert ws.recv(timeout=5) == "well?"
        head, tail = masked(0x81, b"slow")[:5], masked(0x81, b"slow")[5:]
        ws.socket.sendall(head)
        assert ws.recv(timeout=5) == "well?"
        ws.socket.sendall(tail)
        while (message := ws.recv(timeout=5)) == "well?":
            pass
        assert message == "slow"


def test_function_that_does_not_receive_is_cancelled_when_the_client_vanishes(server):
    if not server.is_async:
        pytest.skip("a thread cannot be cancelled")
    with open_echo(server, "/absent") as ws:
        assert ws.recv(timeout=5) == "see you"
        ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.socket.close()
    server.wait_for_output("absent cancelled True")


def test_idle_connection_is_kept_by_pings(server):
    with open_echo(server) as ws:
        time.sleep(1)
        ws.send("still here")
        assert ws.recv(timeout=5) == "still here"


def test_peer_that_answers_no_pings_is_given_up(server):
    with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
        sock.sendall(
            b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        received = b""
        while data := sock.recv(1000):
            received += data
        assert received.endswith(b"\r\n\r\n\x89\x00")
