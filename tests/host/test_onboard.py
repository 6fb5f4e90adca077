"""The way onto the network, on the unix port: a fake radio, a real HTTP client, a real DNS client."""

import json
import os
import re
import select
import socket
import subprocess
import time
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import httpx
import pytest
from servers import http

RADIO = Path(__file__).parent / "fake_radio"
START = """
import sys
sys.path.insert(0, {radio!r})
from onboard import portal, wifi
portal._GOODBYE_S = 0.2
portal._RETRY_S = {retry_s}
portal._JOIN_MS = 300
import asyncio
page = portal.Portal(wifi.settings(), "127.0.0.1", {port}, {dns_port})
print("address", asyncio.run(page.serve()))
"""


class Device:
    """A unix MicroPython that runs `code` in a folder of its own, with the radio's network in the air."""

    def __init__(self, image, folder, code, ssid="Home", password="secret99"):
        self.folder = folder
        self._process = subprocess.Popen(
            [image, "-c", code],
            cwd=folder,
            env={**os.environ, "RADIO_SSID": ssid, "RADIO_PASSWORD": password},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        self.output = ""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._process.kill()
        self.output += self._process.communicate()[0].decode()

    def wait_for(self, pattern, seconds=10):
        """Read what the device prints until `pattern` matches it."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.output):
            ready = select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))[0]
            data = os.read(self._process.stdout.fileno(), 4096) if ready else b""
            assert data, f"the device never printed {pattern!r}, but: {self.output}"
            self.output += data.decode()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def portal(unix_image, tmp_path):
    """Start the set-up page and return the device, an HTTP client for it and the port of its name server."""
    port, dns_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    with httpx.Client(verify=False, base_url=f"http://127.0.0.1:{port}", timeout=10) as client:

        def start(retry_s=60, **radio):
            code = START.format(radio=str(RADIO), port=port, dns_port=dns_port, retry_s=retry_s)
            device = Device(unix_image, tmp_path, code, **radio)
            started.append(device)
            device.wait_for("set-up: join")
            _wait_until_open(port)
            return device, client, dns_port

        started = []
        yield start
        for device in started:
            device.__exit__()
            print(device.output)


def _wait_until_open(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError("the set-up page never listened")


def ask(port, name, kind="A"):
    return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", timeout=20, port=port)


def test_opens_an_access_point_named_after_the_chip(portal):
    device, _, _ = portal()
    assert "join the Wi-Fi microdot-2233 and open http://127.0.0.1/" in device.output
    assert "radio: access point up" in device.output


def test_the_page_lists_networks_strongest_first_and_once(portal):
    _, client, _ = portal()
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert re.findall(r'name="network" value="([^"]*)"', page.text)[:2] == ["Home", "neighbour"]


def test_the_name_of_a_network_cannot_inject_html(portal):
    _, client, _ = portal()
    assert "<script>" not in client.get("/").text
    assert "&lt;script&gt;" in client.get("/").text


def test_joins_saves_and_closes_the_access_point(portal):
    device, client, _ = portal()
    done = client.post("/", data={"network": "Home", "password": "secret99", "hostname": "lamp"})
    assert "http://192.168.1.77/" in done.text
    assert "http://lamp.local/" in done.text
    device.wait_for("address 192.168.1.77")
    assert "radio: hostname lamp" in device.output
    assert "radio: access point down" in device.output
    saved = json.loads((device.folder / "wifi.json").read_text())
    assert saved == {"ssid": "Home", "password": "secret99", "hostname": "lamp"}


@pytest.mark.parametrize(
    "form, reason",
    [
        ({"network": "Home", "password": "wrong"}, "could not join Home: the password is wrong"),
        ({"ssid": "Elsewhere", "password": ""}, "could not join Elsewhere: there is no such network here"),
        ({"password": "secret99"}, "choose a network or type its name"),
        ({"ssid": "<b>"}, "could not join &lt;b&gt;: there is no such network here"),
    ],
)
def test_says_why_it_could_not_join_and_saves_nothing(portal, form, reason):
    device, client, _ = portal()
    page = client.post("/", data=form)
    assert reason in page.text
    assert not (device.folder / "wifi.json").exists()
    assert client.get("/").status_code == 200, "and it can be tried again"


#: what Android, Apple's systems, Windows, Firefox, KDE and a Kindle fetch to test a network, and what they expect of an open one
PROBES = {
    "http://connectivitycheck.gstatic.com/generate_204": "",
    "http://www.google.com/gen_204": "",
    "http://captive.apple.com/hotspot-detect.html": "Success",
    "http://captive.apple.com/": "Success",
    "http://www.apple.com/library/test/success.html": "Success",
    "http://www.msftconnecttest.com/connecttest.txt": "Microsoft Connect Test",
    "http://www.msftconnecttest.com/redirect": "",
    "http://www.msftncsi.com/ncsi.txt": "Microsoft NCSI",
    "http://detectportal.firefox.com/canonical.html": "success",
    "http://networkcheck.kde.org/": "OK",
    "http://spectrum.s3.amazonaws.com/kindle-wifi/wifistub.html": "81ce4465-7167-4dcb-835b-dcc9e44c112a",
}


@pytest.mark.parametrize("url", PROBES)
def test_whatever_a_phone_fetches_to_test_the_network_leads_to_the_page(portal, url):
    """As a phone does it: the name is asked for, and the answer's address."""
    _, client, dns_port = portal()
    target = httpx.URL(url)
    assert [record.to_text() for record in ask(dns_port, target.host).answer[0]] == ["127.0.0.1"]
    answer = client.get(target.raw_path.decode(), headers={"Host": target.host})
    if answer.status_code == 302:
        assert answer.headers["location"] == f"{client.base_url}/"
        answer = client.get(answer.headers["location"])
    assert answer.status_code == 200 and "Wi-Fi set-up" in answer.text
    assert PROBES[url] == "" or PROBES[url] not in answer.text


def test_a_probe_by_another_method_does_not_pass_for_an_open_network(portal):
    _, client, _ = portal()
    assert client.head("/generate_204").status_code == 302
    assert client.post("/generate_204").status_code == 302


def test_every_name_is_this_device(portal):
    _, _, port = portal()
    for name in ("captive.apple.com", "a.b.c.d.example", "x" * 63 + ".example"):
        answer = ask(port, name)
        assert [record.to_text() for record in answer.answer[0]] == ["127.0.0.1"]
        assert answer.answer[0].ttl == 0


def test_names_have_no_other_records(portal):
    _, _, port = portal()
    for kind in ("AAAA", "HTTPS", "MX"):
        assert ask(port, "example.org", kind).answer == []


def test_the_name_server_survives_junk(portal):
    _, _, port = portal()
    query = dns.message.make_query("example.org", "A").to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for junk in (b"", b"\x00", bytes(12), b"\xff" * 40, query[:-1], query[:20], os.urandom(500)):
            client.sendto(junk, ("127.0.0.1", port))
    assert ask(port, "example.org").answer


def test_does_not_answer_answers(portal):
    _, _, port = portal()
    with pytest.raises(dns.exception.Timeout):
        query = dns.message.make_query("example.org", "A")
        query.flags |= dns.flags.QR
        dns.query.udp(query, "127.0.0.1", timeout=0.3, port=port)


def test_tries_the_saved_network_again_while_nobody_uses_the_page(portal, tmp_path):
    (tmp_path / "wifi.json").write_text('{"ssid": "Home", "password": "secret99"}')
    device, _, _ = portal(retry_s=0.2)
    device.wait_for("address 192.168.1.77")


UP = "import sys\nsys.path.insert(0, {radio!r})\nfrom onboard import wifi\nprint('address', wifi.up(300))"


def test_joins_with_saved_settings(unix_image, tmp_path):
    (tmp_path / "wifi.json").write_text('{"ssid": "Home", "password": "secret99", "hostname": "lamp"}')
    with Device(unix_image, tmp_path, UP.format(radio=str(RADIO))) as device:
        device.wait_for("address 192.168.1.77")
        assert "radio: hostname lamp" in device.output
        assert "access point" not in device.output


@pytest.mark.parametrize("settings", ["", "{", "[]", '{"ssid": ""}', '{"password": "x"}'])
def test_settings_that_make_no_sense_count_as_none(unix_image, tmp_path, settings):
    (tmp_path / "wifi.json").write_text(settings)
    code = "from onboard import wifi; print(wifi.settings()); wifi.forget(); wifi.forget()"
    with Device(unix_image, tmp_path, code) as device:
        device.wait_for("None")
        device._process.wait(5)
    assert not (tmp_path / "wifi.json").exists()


def test_firmware_without_wifi_has_nothing_to_do(unix_image, tmp_path):
    with Device(unix_image, tmp_path, "from onboard import wifi; print('address', repr(wifi.up()))") as device:
        device.wait_for("address ''")


def test_firmware_without_an_app_serves_the_status_page(unix_image, tmp_path):
    port = free_port(socket.SOCK_STREAM)
    with Device(unix_image, tmp_path, f"import launcher; launcher.main(host='127.0.0.1', port={port})"):
        _wait_until_open(port)
        page, facts = http.get(f"http://127.0.0.1:{port}/status"), http.get(f"http://127.0.0.1:{port}/status.json")
    assert "It runs" in page.text
    assert facts.json()["MicroPython"] == "1.25.0"
    assert re.fullmatch(r"\d+ s", facts.json()["uptime"])


def test_a_person_sets_it_up_in_a_browser(portal, browser):
    device, client, _ = portal()
    browser.open(f"{client.base_url}/generate_204")
    assert browser.text("h1") == "Wi-Fi set-up"
    assert [text.partition(" (")[0] for text in browser.texts(".nets label")][:2] == ["Home", "neighbour"]
    browser.click("input[value=Home]")
    browser.type("input[name=password]", "wrong")
    browser.click("button")
    browser.wait(lambda page: page.text(".bad") == "could not join Home: the password is wrong" and page.find("button"))
    browser.click("input[value=Home]")
    browser.type("input[name=password]", "secret99")
    browser.type("input[name=hostname]", "lamp")
    browser.click("button")
    browser.wait(lambda page: page.text("h1") == "It works" and "http://lamp.local/" in page.texts("a"))
    device.wait_for("address 192.168.1.77")
