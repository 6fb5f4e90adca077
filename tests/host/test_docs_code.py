"""Every piece of code in the extensions' pages runs, on each runtime that its page names, and does what is said."""

import re
import time

import pytest
from doc_code import DOCS, blocks, program, served
from websockets.sync.client import connect

PAGES = DOCS / "extensions"
BOTH = ("cpython", "micropython")

CHECKS = []


def block(page, number, *runtimes, after=()):
    """Decorator: the function checks the program that the block `number` of a page is, given a client for it.

    :param runtimes: where it runs, both CPython and MicroPython if none is named.
    :param after: blocks of the page that come before it in the program.
    """

    def register(check):
        CHECKS.extend((page, number, runtime, after, check) for runtime in runtimes or BOTH)
        return check

    return register


@pytest.mark.parametrize(
    ("page", "number", "runtime", "after", "check"), CHECKS, ids=["-".join(map(str, row[:3])) for row in CHECKS]
)
def test_block(page, number, runtime, after, check, unix_image, tmp_path):
    found = blocks(PAGES / f"{page}.rst")
    code = "\n".join(found[n].code for n in (*after, number))
    with served(program(code), runtime, unix_image, tmp_path) as client:
        check(client)


def test_every_block_is_run():
    found = {(path.stem, number) for path in PAGES.glob("*.rst") for number in range(len(blocks(path)))}
    assert found == {(page, number) for page, number, *_ in CHECKS}


@block("asyncio", 0)
def hello_world(client):
    assert client.get("/").text == "Hello, world!"


@block("asyncio", 1)
def a_task_beside_the_server(client):
    before = client.get("/").json()["readings"]
    time.sleep(0.3)
    assert client.get("/").json()["readings"] > before


@block("utemplate", 0)
@block("utemplate", 1, after=(0,))
@block("jinja", 0, "cpython")
@block("jinja", 1, "cpython", after=(0,))
@block("jinja", 2, "cpython")
def a_template(client):
    assert client.get("/").text.strip() == "<h1>Hello</h1>"


@block("utemplate", 2)
def a_template_as_text(client):
    response = client.get("/text")
    assert (response.text.strip(), response.headers["content-type"]) == ("<h1>Hello</h1>", "text/html")
    assert "content-length" in response.headers


@block("sessions", 0)
@block("sessions", 1)
@block("sessions", 4, after=(0,))
@block("cors", 1)
@block("cors", 0)
def nothing_but_an_app(client):
    assert client.get("/").status_code == 404


@block("sessions", 2, after=(0,))
def an_argument_more(client):
    response = client.get("/")
    assert (response.status_code, response.headers["vary"]) == (204, "Cookie")


@block("sessions", 3)
def a_simple_log_in(client):
    assert client.get("/").text == "Not logged in"
    response = client.post("/", data={"username": "susan"})
    assert (response.status_code, response.headers["location"]) == (302, "/")
    assert re.search(r"session=[\w.-]+; Path=/; HttpOnly; SameSite=Lax$", response.headers["set-cookie"])
    assert client.get("/").text == "Logged in as susan"
    client.post("/logout")
    assert client.get("/").text == "Not logged in"


def allowed_origin(client, origin):
    headers = client.get("/", headers={"Origin": origin}).headers
    return headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")


@block("cors", 0)
@block("cors", 1)
def cors_headers(client):
    assert allowed_origin(client, "https://example.com") == ("https://example.com", "true")
    assert allowed_origin(client, "https://elsewhere.com") == (None, None)


def echoes(client):
    with connect(client.server.url("/echo", "ws")) as ws:
        for message in ("hello", b"\0\1\2"):
            ws.send(message)
            assert ws.recv(timeout=5) == message


block("websocket", 0)(echoes)
block("asyncio_websocket", 0)(echoes)
block("asgi_websocket", 0, "uvicorn")(echoes)
block("websocket_alt", 0, "micropython")(echoes)


@block("websocket", 1)
def an_upgrade_by_hand(client):
    url = client.server.url("/chat", "ws")
    with connect(url + "?room=7", subprotocols=["chat"], origin="https://example.com") as ws:
        assert ws.subprotocol == "chat"
        assert ws.recv(timeout=5) == "Welcome to 7"
    assert (ws.close_code, ws.close_reason) == (1000, "that is all")
    assert client.get("/chat").text == "which room?"
    for options in ({"origin": "https://elsewhere.com"},):
        with pytest.raises(Exception, match="403"):
            connect(url + "?room=7", **options)


@block("https", 0)
def hello_over_tls(client):
    assert client.base_url.scheme == "https"
    assert client.get("/").text == "Hello, World!"


@block("test_client", 0)
@block("test_client", 1, after=(0,))
@block("wsgi", 0, "gunicorn")
@block("asgi", 0, "uvicorn")
def hello_from_the_root(client):
    assert client.get("/").text == "Hello, World!"


@block("asyncio_test_client", 0)
def an_asyncio_test(client):
    assert client.get("/").text == "Hello, World!"


@block("asgi", 1, "uvicorn")
def a_lifespan(client):
    assert client.get("/").json() == [42]


@block("sse", 0)
def events(client):
    event = 'event: counter\nid: {0}\ndata: {{"count": {0}}}\n\n'
    assert client.get("/events").text == "".join(event.format(n) for n in range(3))


@block("sse", 1, after=(0,))
def events_after_a_decision(client):
    assert client.get("/countdown/3").text == "data: 3\n\ndata: 2\n\ndata: 1\n\n"
    assert client.get("/countdown/11").status_code == 400


@block("auth", 0)
def basic_auth(client):
    assert client.get("/").status_code == 401
    assert client.get("/", auth=("susan", "hello")).text == "Hello, susan"
    assert client.get("/lobby").text == "Hello, stranger"


@block("auth", 1)
def token_auth(client):
    assert client.get("/", headers={"X-API-Key": "let-me-in"}).text == "Hello, the thermostat"
    assert client.get("/", headers={"X-API-Key": "let-me-out"}).status_code == 401


@block("login", 0)
def login(client):
    wanted = client.get("/password?now=1")
    assert wanted.headers["location"] == "/login?next=/password%3Fnow%3D1"
    assert client.post(wanted.headers["location"], data={"user": "susan"}).headers["location"] == "/password?now=1"
    assert client.get("/").text == "Hello, susan"
    client.post("/logout")
    assert client.get("/").status_code == 302


@block("csrf", 0)
def csrf(client):
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.com"}
    assert client.post("/spend", headers=foreign).status_code == 403
    assert client.post("/spend", headers={"Sec-Fetch-Site": "same-origin"}).text == "Spent"
    assert client.post("/hook", headers=foreign).text == "Anybody may send this"


@block("csrf", 1)
def csrf_with_cors(client):
    for origin, status in (("https://example.com", 200), ("https://elsewhere.com", 403)):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": origin}
        assert client.post("/spend", headers=headers).status_code == status


@block("multipart", 0)
def an_upload(client):
    files = {"picture": ("../cat.jpg", b"picture" * 1000)}
    assert client.post("/upload", data={"title": "A cat"}, files=files).text == "A cat is kept, it was cat.jpg"


@block("multipart", 1)
def an_upload_in_pieces(client):
    files = {"picture": ("cat.jpg", b"picture" * 2000)}
    response = client.post("/measure", data={"title": "A cat"}, files=files)
    assert response.json() == {"title": 5, "picture": 14000}


@block("static", 0)
def static_files(client):
    response = client.get("/static/style.css")
    assert (response.text, response.headers["content-type"]) == ("body { margin: 0 }\n", "text/css")
    assert client.get("/static/").text == "<h1>Index</h1>\n"
    assert client.get("/test.py").status_code == 404


@block("static", 1)
def static_files_at_the_top(client):
    assert client.get("/time").text == "What time is it?"
    response = client.get("/")
    assert (response.text, response.headers["cache-control"]) == ("<h1>Index</h1>\n", "max-age=3600")
