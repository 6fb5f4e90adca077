"""Start real servers as subprocesses, for tests that talk to them over sockets."""

import functools
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"


class _Http:
    def __getattr__(self, name):
        return functools.partial(getattr(httpx, name), verify=False)


#: httpx.get() and the like for servers without TLS, with a connection for each request: no certificates are read, which takes 30 ms
http = _Http()

_reserved = []


def free_port():
    """A TCP port of the loopback interface that nobody listens on, and that nobody gets who asks for any port.

    On Linux a socket that is bound and does not listen reserves it as long as this process lives: servers, which set
    SO_REUSEADDR, can still listen there.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    if sys.platform == "linux":
        _reserved.append(sock)
    else:
        sock.close()
    return port


class Server:
    """A server that runs: its port, its process, and what it printed so far."""

    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self._log = log

    def url(self, path="/", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    @property
    def output(self):
        self._log.seek(0)
        return self._log.read()

    def wait_for_output(self, pattern, seconds=10):
        """Wait until the server has printed what the regular expression matches, and return the match."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.output)):
            assert time.monotonic() < end, f"no {pattern!r} in:\n{self.output}"
            time.sleep(0.05)
        return match


@contextmanager
def serving(command, port, *, cwd=None, env=None, seconds=20):
    """Run `command`, a server that listens on `port`, for as long as the context lasts."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(env or {})}
    # to append: the server has the same position in the file as who reads it here
    with tempfile.TemporaryFile("a+") as log:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        server = Server(process, port, log)
        try:
            _wait_until_listening(server, seconds)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_listening(server, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            assert server.process.poll() is None, f"server ended:\n{server.output}"
            assert time.monotonic() < end, f"server does not listen:\n{server.output}"
            time.sleep(0.05)


def interpreter(runtime, unix_image):
    """The command that runs a script on `runtime`, "cpython" or "micropython" (with the framework frozen in)."""
    return [sys.executable] if runtime == "cpython" else [unix_image, "-X", "heapsize=2M"]
