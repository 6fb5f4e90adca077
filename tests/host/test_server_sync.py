"""The synchronous server within a program of threads."""

import socket
import threading
import time

from live import LiveApp, http
from servers import free_port

from microdot import Microdot


def app_with_index():
    app = Microdot()
    app.get("/")(lambda request: "hello")
    return app


class running:
    """Context manager: run an application in a thread; gives its URL."""

    def __init__(self, app):
        self.app = app
        self.port = free_port()
        self.thread = threading.Thread(target=app.run, args=("127.0.0.1", self.port), daemon=True)

    def __enter__(self):
        self.thread.start()
        deadline = time.monotonic() + 5
        while self.app.server is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.app.shutdown()
        self.thread.join(5)


def test_shutdown_from_another_thread():
    app = app_with_index()
    server = running(app)
    with server as url:
        assert http.get(url).text == "hello"
    assert not server.thread.is_alive()


def test_shutdown_twice_is_fine():
    server = running(app_with_index())
    with server:
        server.app.shutdown()
        server.app.shutdown()
    assert not server.thread.is_alive()


def test_shutdown_twice_is_for_one_server():
    app = app_with_index()
    gate = threading.Event()
    app.get("/wait")(lambda request: str(gate.wait(5)))
    server = running(app)
    with server as url:
        waiting = threading.Thread(target=http.get, args=(url + "/wait",))
        waiting.start()
        time.sleep(0.05)
        app.shutdown()
        while app.server:
            time.sleep(0.01)
        app.shutdown()  # while the server waits for the request to be finished
        gate.set()
        waiting.join(5)
        server.thread.join(5)
        assert not app.shutdown_requested


def test_a_handler_that_blocks_does_not_block_others():
    app = app_with_index()
    gate = threading.Event()
    app.get("/wait")(lambda request: str(gate.wait(5)))
    with running(app) as url:
        waiting = threading.Thread(target=http.get, args=(url + "/wait",))
        waiting.start()
        assert http.get(url).text == "hello"
        gate.set()
        waiting.join(5)


def test_a_socket_that_was_accepted_elsewhere():
    app = app_with_index()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        app.handle_request(theirs, ("192.0.2.1", 5))
        assert ours.recv(1000).endswith(b"\r\n\r\nhello")


def test_no_thread_outlives_its_connection():
    app = app_with_index()
    with running(app) as url:
        before = threading.active_count()
        for _ in range(10):
            http.get(url)
        time.sleep(0.1)
        assert threading.active_count() <= before + 1


def test_keyboard_interrupt_ends_the_server(unix_image):
    import signal

    for runtime in ("cpython", "micropython"):
        with LiveApp("sync", runtime, unix_image) as server:
            server.ready()
            server.process.send_signal(signal.SIGINT)
            assert server.ended() != 0
