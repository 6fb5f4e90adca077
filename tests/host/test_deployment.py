"""What the page on deployment says of production servers: TLS, WebSockets over it, and proxies in front of them."""

import ssl
import sys

import httpx
import pytest
from servers import APPS, ROOT, free_port, http, serving
from websockets.sync.client import connect

from firmware import cert

#: each server, how it is told its port, and how its certificate
SERVERS = {
    "gunicorn": ("--bind=127.0.0.1:{}", "--certfile={}/cert.pem --keyfile={}/key.pem", "--threads=8 wsgi_app:app"),
    "uvicorn": ("--port={}", "--ssl-certfile={}/cert.pem --ssl-keyfile={}/key.pem", "asgi_app:app"),
    "hypercorn": ("--bind=127.0.0.1:{}", "--certfile={}/cert.pem --keyfile={}/key.pem", "asgi_app:app"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a certificate for this machine, as `microdot cert` makes it."""
    folder = tmp_path_factory.mktemp("certificate")
    cert.make(["localhost", "127.0.0.1"], folder, days=1)
    return folder


def start(name, *options):
    port = free_port()
    bind, _, rest = SERVERS[name]
    command = [sys.executable, "-m", name, bind.format(port), *options, *rest.split()]
    return serving(command, port, cwd=APPS, env={"PYTHONPATH": f"{ROOT}:{APPS}"})


@pytest.mark.parametrize("name", SERVERS)
def test_requests_and_websockets_over_tls(name, folder):
    context = ssl.create_default_context(cafile=folder / "cert.pem")
    with start(name, *SERVERS[name][1].format(folder, folder).split()) as server:
        seen = httpx.get(server.url("/describe", "https"), verify=context).json()
        assert (seen["scheme"], seen["host"]) == ("https", f"127.0.0.1:{server.port}")
        with connect(server.url("/websocket", "wss"), ssl=context) as ws:
            for message in ("text", b"bytes" * 1000):
                ws.send(message)
                assert ws.recv(timeout=5) == message


@pytest.mark.parametrize(("name", "options"), [("gunicorn", []), ("uvicorn", ["--proxy-headers"])])
def test_a_proxy_on_the_same_machine_tells_the_scheme(name, options):
    with start(name, *options) as server:
        assert http.get(server.url("/describe"), headers={"X-Forwarded-Proto": "https"}).json()["scheme"] == "https"
        assert http.get(server.url("/describe")).json()["scheme"] == "http"


@pytest.mark.parametrize(("name", "app"), [("gunicorn", "wsgi_app:app"), ("uvicorn", "asgi_app:app")])
def test_several_workers_share_the_work(name, app):
    with start(name, "--workers=2") as server:
        assert {http.get(server.url("/")).text for _ in range(20)} == {"hello"}
