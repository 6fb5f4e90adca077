"""CORS as a browser judges it: a page of one origin that uses an API of another."""

import pytest
from servers import APPS, free_port, interpreter, serving

KINDS = ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio"]


@pytest.fixture(scope="module", params=KINDS)
def servers(request, unix_image):
    """Three servers of the API, whose own pages are of three origins; the first two let only pages of the second in."""
    runtime, flavour = request.param.split("-")
    ports = [free_port() for _ in range(3)]

    def start(port):
        origin = f"http://127.0.0.1:{ports[1]}"
        return serving([*interpreter(runtime, unix_image), APPS / "cors_api.py", flavour, port, origin], port)

    with start(ports[0]) as api, start(ports[1]) as site, start(ports[2]) as stranger:
        yield api, site, stranger


@pytest.fixture
def fetch(servers, browser):
    """Fetch something of the API from a page of the site that is let in; what comes of it, an exception as text."""
    api, site, _ = servers
    browser.open(site.url("/page"))

    def fetch(path, script="", **options):
        options = ", ".join(f"{name}: {value}" for name, value in options.items())
        return browser.run(f"const response = await fetch('{api.url(path)}', {{{options}}}); {script}")

    return fetch


READ = "return response.json()"


def test_credentials_go_both_ways(fetch):
    first = fetch("/data", READ, credentials="'include'")
    second = fetch("/data", READ, credentials="'include'")
    without = fetch("/data", READ, credentials="'omit'")
    assert [answer["cookies"] for answer in (first, second, without)] == [{}, {"seen": "yes"}, {}]


def test_methods_and_headers_that_are_allowed(fetch):
    answer = fetch("/data", READ, method="'PUT'", headers="{'X-Token': 'a', 'Content-Type': 'application/json'}")
    assert (answer["method"], answer["token"]) == ("PUT", "a")


@pytest.mark.parametrize(
    "options", [{"method": "'DELETE'"}, {"headers": "{'X-Secret': 'a'}"}], ids=["method", "header"]
)
def test_methods_and_headers_that_are_not(fetch, options):
    assert "Failed to fetch" in fetch("/data", READ, **options)


def test_only_headers_that_are_exposed_are_seen(fetch):
    script = "return ['X-Total', 'X-Other'].map(name => response.headers.get(name))"
    assert fetch("/data", script) == ["7", None]


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/nothing", "GET", 404), ("/data", "POST", 405), ("/fail", "GET", 500)]
)
def test_errors_can_be_read_too(fetch, path, method, status):
    script = "return [response.status, (await response.text()).length > 0]"
    assert fetch(path, script, method=f"'{method}'") == [status, True]


def test_pages_of_other_origins_see_nothing(servers, browser):
    api, _, stranger = servers
    browser.open(stranger.url("/page"))
    for path in ("/data", "/nothing"):
        assert "Failed to fetch" in browser.run(f"return (await fetch('{api.url(path)}')).status")
