"""The test server: both flavours behind a real socket, wherever there are sockets and threads."""

from flavours import ASYNCIO, SYNC
from portable import parametrize, skip


def serve(flavour):
    """A test server with an application of the flavour."""
    try:
        import _thread  # noqa: F401
        import socket  # noqa: F401
    except ImportError:
        skip("no sockets or no threads here")
    from microdot.test_server import TestServer

    app = flavour.app()

    @app.route("/", methods=["GET", "POST"])
    def index(request):
        return "[%s]" % request.body.decode()

    return TestServer(app)


@parametrize("flavour", (SYNC, ASYNCIO))
def test_requests_are_answered_over_a_socket(flavour):
    with serve(flavour) as server:
        answer = server.exchange(
            b"POST / HTTP/1.1\r\nHost: x\r\nConn", b"ection: close\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"
        )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n[abcd]")


@parametrize("flavour", (SYNC, ASYNCIO))
def test_a_server_can_run_again_after_it_ended(flavour):
    server = serve(flavour)
    for _ in range(2):
        with server:
            assert server.exchange(b"GET / HTTP/1.0\r\n\r\n").endswith(b"[]")
