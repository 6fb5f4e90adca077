"""The test server: both flavours behind a real socket."""

import pytest
from flavours import ASYNCIO, SYNC

from microdot.test_server import TestServer


def serve(flavour):
    """A test server with an application of the flavour."""
    app = flavour.app()

    @app.route("/", methods=["GET", "POST"])
    def index(request):
        return "[%s]" % request.body.decode()

    return TestServer(app)


@pytest.mark.parametrize("flavour", (SYNC, ASYNCIO), ids=("sync", "asyncio"))
def test_requests_are_answered_over_a_socket(flavour):
    with serve(flavour) as server:
        answer = server.exchange(
            b"POST / HTTP/1.1\r\nHost: x\r\nConn", b"ection: close\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"
        )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n[abcd]")


@pytest.mark.parametrize("flavour", (SYNC, ASYNCIO), ids=("sync", "asyncio"))
def test_a_server_can_run_again_after_it_ended(flavour):
    server = serve(flavour)
    for _ in range(2):
        with server:
            assert server.exchange(b"GET / HTTP/1.0\r\n\r\n").endswith(b"[]")
