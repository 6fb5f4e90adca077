"""The examples of each extension, on each runtime that they are for, with real clients."""

# ruff: noqa: F811 - fixtures are imported, and named as parameters

import asyncio
import ssl

import httpx
import pytest
import websockets
from browsers import Browser
from examples import EXAMPLES, SOURCES, both, client, example, start  # noqa: F401
from servers import http
from websockets.sync.client import connect

from firmware import cert

ECHOES = [
    ("websocket/echo.py", "cpython"),
    ("websocket/echo.py", "micropython"),
    ("websocket/echo_async.py", "cpython"),
    ("websocket/echo_async.py", "micropython"),
    ("websocket", "cpython"),
    ("websocket", "micropython"),
    ("websocket/echo_wsgi.py", "gunicorn"),
    ("websocket/echo_asgi.py", "uvicorn"),
]
GUEST_BOOKS = [
    ("templates/utemplate/hello.py", "cpython"),
    ("templates/utemplate/hello.py", "micropython"),
    ("templates/utemplate", "cpython"),
    ("templates/utemplate", "micropython"),
    ("templates/jinja/hello.py", "cpython"),
]


def test_hello_wsgi(client):
    assert client("hello/hello_wsgi.py", "gunicorn").get("/").text.startswith("Hello, world, from gunicorn/")


def test_hello_asgi(client):
    assert client("hello/hello_asgi.py", "uvicorn").get("/").text == "Hello, world, over HTTP/1.1"


@both
def test_hello_from_a_template(start, browser, runtime):
    browser.open(start("hello/hello_utemplate_async.py", runtime).url())
    assert browser.text("h1") == "Hello, world!"
    browser.type("input", "<b>Ann & Bob</b>\n")
    browser.wait_for("Hello, <b>Ann & Bob</b>!", "h1")
    assert browser.errors() == []


@pytest.mark.parametrize(("path", "runtime"), GUEST_BOOKS)
def test_guest_books(start, browser, path, runtime):
    browser.open(start(path, runtime).url())
    assert "Nobody was here yet." in browser.text()
    for name in ("Ann", "<script>alert(1)</script>"):
        browser.type("input", name + "\n")
        browser.wait(lambda page, name=name: name in page.texts("li"))
    assert browser.texts("li") == ["Ann", "<script>alert(1)</script>"]
    assert browser.errors() == []


@both
def test_a_session_from_log_in_to_log_out(start, browser, runtime):
    browser.open(start("sessions/login.py", runtime).url())
    assert browser.text("h1") == "Not logged in"
    browser.type("input", "susan <3\n")
    browser.wait_for("Logged in as susan <3", "h1")
    browser.open(browser.url)
    assert browser.text("h1") == "Logged in as susan <3"
    assert browser.run("return document.cookie") == ""
    browser.click("button")
    browser.wait_for("Not logged in", "h1")


def test_a_session_moves_from_one_runtime_to_the_other(unix_image, tmp_path):
    cookies = {}
    for place, runtime in enumerate(("micropython", "cpython", "micropython")):
        with example("sessions/login.py", runtime, unix_image, tmp_path / str(place)) as server:
            with httpx.Client(verify=False, base_url=server.url(""), cookies=cookies) as client:
                if cookies:
                    assert "Logged in as susan" in client.get("/").text
                cookies = dict(client.post("/", data={"username": "susan"}).cookies)


@pytest.fixture
def two_sites(chromium):
    """Open an example in a browser that finds it at localhost:5000 and 127.0.0.1:5000, which are two sites to it."""
    browsers = []

    def open_page(server, host="localhost:5000"):
        there = f"127.0.0.1:{server.port}"
        names = ("localhost:5000", "127.0.0.1:5000", "elsewhere:5000")
        browser = Browser("--host-resolver-rules=" + ", ".join(f"MAP {name} {there}" for name in names))
        browsers.append(browser)
        browser.open(f"http://{host}/")
        return browser

    yield open_page
    for browser in browsers:
        browser.close()


@both
def test_cors_lets_a_page_of_another_origin_in(start, two_sites, runtime):
    server = start("cors/cors.py", runtime)
    page = two_sites(server)
    page.wait_for("The light is off")
    page.click("button")
    page.wait_for("The light is on")
    page.click("button")
    page.wait_for("The light is off")
    assert page.errors() == []
    assert page.run("return (await fetch('http://127.0.0.1:5000/nothing')).status") == 404
    page.open("http://elsewhere:5000/")
    page.wait_for("The light is out of reach")


@both
def test_csrf_keeps_other_sites_from_sending_forms(start, two_sites, runtime):
    page = two_sites(start("csrf/csrf.py", runtime))
    page.click("form:first-of-type button")
    page.wait_for("You have 90 euros")
    page.click("form:last-of-type button")
    page.wait_for("This request came from another site, so nothing was spent.")
    page.open("http://localhost:5000/")
    assert page.text("h1") == "You have 90 euros"


@pytest.mark.parametrize(("path", "runtime"), ECHOES)
def test_echo(start, path, runtime):
    with connect(start(path, runtime).url("/echo", "ws")) as ws:
        for message in ("hello", "\u20ac" * 300, b"\0\xff", ""):
            ws.send(message)
            assert ws.recv(timeout=5) == message


@pytest.mark.parametrize(("path", "runtime"), [row for row in ECHOES if row[0].endswith(".py")])
def test_echo_in_a_browser(start, browser, path, runtime):
    browser.open(start(path, runtime).url())
    browser.wait_for("connected")
    for word in ("one", "<b>two</b>"):
        browser.type("input", word + "\n")
        browser.wait_for("\u2190 " + word)
    assert browser.texts("li") == ["\u2190 <b>two</b>", "\u2192 <b>two</b>", "\u2190 one", "\u2192 one", "connected"]
    assert browser.errors() == []


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_many_echoes_at_once(start, runtime):
    url = start("websocket/echo_async.py", runtime).url("/echo", "ws")

    async def talk(number):
        async with websockets.connect(url) as ws:
            await ws.send(str(number))
            await everybody.wait()
            return await ws.recv()

    async def main():
        return await asyncio.gather(*(talk(number) for number in range(5)))

    everybody = asyncio.Barrier(5)
    assert asyncio.run(main()) == ["0", "1", "2", "3", "4"]


@both
@pytest.mark.parametrize("path", ["tls/hello_tls.py", "tls/hello_async_tls.py"])
def test_hello_over_tls(unix_image, tmp_path, path, runtime):
    cert.make(["localhost", "127.0.0.1"], tmp_path / "made", days=1)
    context = ssl.create_default_context(cafile=tmp_path / "made" / "cert.pem")
    with example(path, runtime, unix_image, tmp_path, extra=tmp_path / "made") as server:
        assert httpx.get(server.url(scheme="https"), verify=context).text == "Hello over https"


@both
def test_live_values(start, browser, runtime):
    server = start("sse/sensor.py", runtime)
    browser.open(server.url())
    browser.wait(lambda page: page.text("output").endswith("\u00b0C"))
    points = "return document.querySelector('polyline').points.numberOfItems"
    assert browser.wait(lambda page: page.run(points) >= 3)
    assert browser.errors() == []


@both
def test_two_pages_see_the_same_live_values(start, runtime):
    server = start("sse/sensor.py", runtime)
    with http.stream("GET", server.url("/events")) as one, http.stream("GET", server.url("/events")) as two:
        for response in (one, two):
            assert response.headers["content-type"] == "text/event-stream"
            lines = response.iter_lines()
            assert next(lines) == "event: reading"
            assert next(lines).startswith('data: {"celsius": ')


@both
def test_basic_auth(client, runtime):
    client = client("auth/basic_auth.py", runtime)
    refused = client.get("/")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Basic realm="Examples", charset="UTF-8"',
    )
    assert client.get("/", auth=("susan", "hello")).text == "Hello, susan"
    assert client.get("/", auth=("susan", "bye")).status_code == 401
    assert client.get("/", auth=("nobody", "hello")).status_code == 401
    assert client.get("/lobby").text == "Welcome, stranger"
    assert client.get("/lobby", auth=("david", "bye")).text == "Welcome, david"


@both
def test_basic_auth_in_a_browser(start, browser, runtime):
    server = start("auth/basic_auth.py", runtime)
    browser.open(f"http://susan:hello@127.0.0.1:{server.port}/")
    assert browser.text() == "Hello, susan"


@both
def test_token_auth(client, runtime):
    client = client("auth/token_auth.py", runtime)
    assert client.get("/", headers={"Authorization": "bearer let-me-in"}).json() == {"hello": "the thermostat"}
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic let-me-in"}):
        refused = client.get("/", headers=headers)
        assert (refused.status_code, refused.json()) == (401, {"error": "a valid token is needed"})
        assert refused.headers["www-authenticate"] == "Bearer"


def log_in(page, name, pin, remember=False):
    page.type("[name=name]", name)
    page.type("[name=pin]", pin)
    if remember:
        page.click("[name=remember]")
    page.click("button")


@both
def test_login_and_back_to_where_one_wanted_to_go(start, browser, runtime):
    server = start("login/login.py", runtime)
    browser.open(server.url("/secrets"))
    assert browser.url == server.url("/login?next=/secrets")
    log_in(browser, "susan", "0000")
    browser.wait_for("That is not right", "h1")
    log_in(browser, "susan", "1234")
    browser.wait_for("The PIN of susan is 1234", "h1")
    browser.open(server.url())
    assert browser.text("h1") == "Hello, susan"
    browser.click("button")
    browser.wait_for("Who are you?", "h1")


@both
def test_a_user_who_is_remembered_has_to_log_in_for_secrets(start, browser, runtime):
    server = start("login/login.py", runtime)
    browser.open(server.url())
    log_in(browser, "david", "4321", remember=True)
    browser.wait_for("Hello, david", "h1")
    browser.driver.delete_cookie("session")  # as closing the browser does
    browser.open(server.url())
    assert browser.text("h1") == "Hello, david"
    browser.open(server.url("/secrets"))
    assert browser.text("h1") == "Who are you?"


@both
def test_login_does_not_lead_to_other_sites(client, runtime):
    client = client("login/login.py", runtime)
    for target in ("//elsewhere", "https://elsewhere", "/\\elsewhere"):
        answer = client.post("/login", params={"next": target}, data={"name": "susan", "pin": "1234"})
        assert (answer.status_code, answer.headers["location"]) == (302, "/")


@both
def test_multipart_forms(start, browser, runtime, tmp_path):
    file = tmp_path / "a \u20ac note.txt"
    file.write_text("What is in it. " * 1000)
    browser.open(start("multipart/upload.py", runtime).url())
    browser.type("[name=title]", "A <title>")
    browser.type("[name=file]", str(file))
    browser.click("button")
    browser.wait_for('"A <title>" has the file a \u20ac note.txt, which starts with', "[role=status]")
    browser.type("[name=title]", "Again")
    browser.type("[name=file]", str(file))
    browser.click("[formaction]")
    browser.wait_for("a \u20ac note.txt has 15000 bytes", "[role=status]")
    assert browser.errors() == []
    assert not list(tmp_path.glob("**/upload-*"))


def test_every_example_is_tested():
    here = (EXAMPLES.parent / "tests" / "host").glob("test_examples*.py")
    source = "".join(path.read_text() for path in here)
    parts = {"gpio/pins.py", "subapps/admin.py", "subapps/notes.py", "websocket/page.py", "tls/main.py"}
    found = {path.as_posix() for path in SOURCES} - parts
    untested = [
        path for path in found if f'"{path}"' not in source and f'"{path.removesuffix("/main.py")}"' not in source
    ]
    assert untested == []
