"""Every example as its reader starts it, on each runtime that it is for, with a real client."""

# ruff: noqa: F811 - fixtures are imported, and named as parameters

import subprocess

import pytest
from examples import EXAMPLES, SOURCES, both, client, start  # noqa: F401
from servers import http

from firmware import apps, bundle

FOLDERS = [path.parent for path in SOURCES if path.name == "main.py"]
FILES = [path for path in SOURCES if path.parent not in FOLDERS and "jinja" not in path.parts]


@pytest.mark.parametrize("path", FOLDERS + FILES, ids=str)
def test_a_board_can_have_it(path):
    found = bundle.collect(apps.find(EXAMPLES / path))
    assert "main.py" in found.modules
    certificate = {"cert.der", "cert.pem", "key.der", "key.pem"}  # which may have been made for the one that needs it
    assert set(found.data) <= certificate, "what is in neither static/ nor templates/ does not get into firmware"


@both
@pytest.mark.parametrize("path", ["hello", "hello/hello.py"])
def test_hello(start, path, runtime):
    answer = subprocess.run(["curl", "-sSi", start(path, runtime).url()], capture_output=True, text=True, timeout=10)
    assert answer.stdout.startswith("HTTP/1.1 200 OK")
    assert "<h1>Hello, world!</h1>" in answer.stdout
    assert f"comes from <b>{runtime}" in answer.stdout


@both
def test_hello_shows_in_a_browser(start, browser, runtime):
    browser.open(start("hello", runtime).url())
    assert browser.text("h1") == "Hello, world!"
    assert f"This page comes from {runtime}" in browser.text("p")
    assert browser.errors() == []


@both
def test_hello_async(client, runtime):
    client = client("hello/hello_async.py", runtime)
    assert client.get("/").text == "Hello, world!"
    assert client.get("/plain").text == "Hello from a plain function!"
    assert client.get("/later/0").text == "Hello after 0 seconds!"


@both
def test_a_status_page_switches_pins(start, browser, runtime):
    server = start("gpio", runtime)
    browser.open(server.url())
    browser.wait_for("uptime")
    assert runtime in browser.text("#status")
    assert browser.texts("button") == ["LED", "Relay"]
    browser.click("button")
    browser.wait(lambda page: page.find("button").get_attribute("aria-pressed") == "true")
    assert http.get(server.url("/status")).json()["pins"] == {"LED": 1, "Relay": 0}
    browser.click("button")
    browser.wait(lambda page: page.find("button").get_attribute("aria-pressed") == "false")
    assert http.put(server.url("/pins/LED"), content="2").status_code == 400
    assert http.put(server.url("/pins/none"), content="1").status_code == 400
    assert browser.errors() == []


@both
def test_static_files(start, browser, runtime):
    server = start("static", runtime)
    browser.open(server.url())
    browser.wait(lambda page: page.text("#uptime").isdigit())
    assert browser.run("return document.querySelector('img').naturalWidth > 0")
    assert browser.run("return getComputedStyle(document.body).maxWidth") == "512px"
    assert browser.errors() == []
    style = http.get(server.url("/style.css"))
    assert style.headers["content-type"] == "text/css"
    assert http.get(style.url, headers={"If-None-Match": style.headers["etag"]}).status_code == 304
    for path in ("/main.py", "/../main.py", "/%2e%2e/main.py", "/.hidden", "/static/"):
        assert http.get(server.url(path)).status_code == 404


@both
def test_a_stream_is_seen_while_it_comes(start, browser, runtime):
    server = start("streaming", runtime)
    browser.open(server.url())
    # each number as the page shows it, or as many as a busy machine has time to show
    seen = browser.run("""
        const output = document.querySelector('output'), seen = []
        await fetch('countdown/10').then(async response => {
            for await (const chunk of response.body) {
                await new Promise(requestAnimationFrame)
                seen.push(output.textContent)
            }
        })
        return seen
    """)
    numbers = [int(text) for text in seen if text.isdigit()]
    assert len(set(numbers)) > 2 and numbers == sorted(numbers, reverse=True)
    browser.wait_for("Lift-off!", "output")
    assert browser.errors() == []


@both
def test_a_stream_larger_than_memory(client, runtime):
    with client("streaming", runtime).stream("GET", "/samples.csv") as response:
        assert response.headers["transfer-encoding"] == "chunked"
        lines = list(response.iter_lines())
    assert (len(lines), lines[0], lines[-1]) == (100001, "n,square", "99999,9999800001")


@both
def test_uploads(client, runtime):
    client = client("uploads", runtime)
    contents = bytes(range(256)) * 2000
    assert client.put("/files/all bytes.bin", content=contents).text == "all bytes.bin has arrived"
    assert client.get("/files").json() == [{"name": "all bytes.bin", "size": 512000}]
    download = client.get("/files/all%20bytes.bin")
    assert (download.content, download.headers["content-length"]) == (contents, "512000")
    assert client.delete("/files/all bytes.bin").status_code == 204
    assert client.get("/files").json() == []
    assert client.get("/files/all bytes.bin").status_code == 404
    assert client.delete("/files/all bytes.bin").status_code == 404


@both
def test_uploads_stay_in_their_folder(client, runtime):
    client = client("uploads", runtime)
    for name in (".hidden", "..%5Cup", "%2E%2E"):
        assert client.put("/files/" + name, content=b"x").status_code == 400
    assert client.put("/files/..%2Fup", content=b"x").status_code == 404
    assert client.get("/files").json() == []


@both
def test_an_upload_that_is_too_large_is_not_even_sent(start, tmp_path, runtime):
    large = tmp_path / "large"
    large.write_bytes(bytes(1024 * 1024 + 1))
    url = start("uploads", runtime).url("/files/large")
    command = ["curl", "-sS", "-T", large, "-w", "%{http_code} %{size_upload}", "-o", tmp_path / "answer", url]
    assert subprocess.run(command, capture_output=True, text=True, timeout=10).stdout == "413 0"


@both
def test_uploads_from_a_browser(start, browser, runtime, tmp_path):
    file = tmp_path / "a <b>note.txt"
    file.write_text("some text")
    browser.open(start("uploads", runtime).url())
    browser.type("input", str(file))
    browser.wait_for("a <b>note.txt (9 bytes) delete", "li")
    assert browser.text("#message") == "a <b>note.txt has arrived"
    browser.click("li button")
    browser.wait(lambda page: page.texts("li") == [])
    assert browser.errors() == []


@both
def test_an_app_of_parts(start, browser, runtime):
    server = start("subapps", runtime)
    browser.open(server.url())
    browser.click("a[href='/notes/']")
    for note in ("<i>first</i>", "second"):
        browser.type("input", note + "\n")
    browser.wait(lambda page: page.texts("li") == ["<i>first</i>", "second"])
    browser.click("a")
    browser.wait_for("Notes: 2 so far")
    assert http.get(server.url("/nothing")).text == "There is nothing at /nothing"


@both
def test_the_hook_of_one_part_is_its_own(client, runtime):
    client = client("subapps", runtime)
    client.post("/notes/", data={"text": "a note"})
    refused = client.post("/admin/", data={"pin": "0000"})
    assert (refused.status_code, "That is not the PIN." in refused.text) == (403, True)
    assert "a note" in client.get("/notes/").text
    assert client.post("/admin/", data={"pin": "1234"}).status_code == 303
    assert "a note" not in client.get("/notes/").text
