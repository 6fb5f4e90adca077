# The set-up page: an open access point whose every name leads to a page that asks for the Wi-Fi to join.
#
# Phones find out whether a network leads anywhere by fetching some known page; the redirect they get instead makes them
# open the page by themselves. While nobody uses the page, the saved network is tried again now and then: after a
# power cut the router may need longer than we do.
import asyncio
import time

from microdot.asyncio import Microdot, Response
from microdot.helpers import escape
from onboard import dns, wifi

_JOIN_MS = 15000
_RETRY_S = 60
_SCAN_AGE_S = 20
_HOSTNAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
_GOODBYE_S = 3  # for the last page to reach the phone before its network goes away

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Wi-Fi set-up</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:26em;margin:0 auto;padding:1em}
label{display:block;margin:.8em 0}input[type=text],input[type=password],button{box-sizing:border-box;width:100%%;
font:inherit;padding:.5em}.nets label{margin:0;padding:.4em 0}.bad{color:#a00}</style>
<h1>%s</h1>
"""
_FORM = """<form method="post" action="/">%s
<label>Network <input type="text" name="ssid" maxlength="32" value="%s" autocomplete="off"
placeholder="the name, if it is not listed"></label>
<label>Password <input type="password" name="password" maxlength="63" autocomplete="off"></label>
<label>Name of this device <input type="text" name="hostname" maxlength="32" pattern="[A-Za-z0-9-]*" value="%s"></label>
<button>Join</button></form><p><a href="/?scan">Look for networks again</a></p>
"""
_DONE = """<p>Joined <b>%s</b>. This device is at <a href="http://%s/">http://%s/</a> there, and by name at
<a href="http://%s.local/">http://%s.local/</a> where that works.</p><p>The set-up network goes away now.</p>
"""


def run(saved=None):
    """Open the access point and the page until the device has joined a network; returns its address there."""
    return asyncio.run(Portal(saved).serve())


class Portal:
    def __init__(self, saved=None, host="0.0.0.0", port=80, dns_port=53):
        self._saved = saved
        self._host, self._port, self._dns_port = host, port, dns_port
        self._scanned_at = None
        self._networks = []
        self._used_at = time.time()
        self._address = ""
        self._joining = asyncio.Lock()
        self.app = Microdot()
        self.app.get("/")(self._page)
        self.app.post("/")(self._submit)
        self.app.errorhandler(404)(self._elsewhere)

    async def serve(self):
        access_point = self._open()
        self.gateway = access_point.ifconfig()[0]
        print("set-up: join the Wi-Fi %s and open http://%s/" % (access_point.config("ssid"), self.gateway))
        tasks = [
            asyncio.create_task(dns.serve(self.gateway, self._host, self._dns_port)),
            asyncio.create_task(self._retry()),
        ]
        try:
            await self.app.start_server(self._host, self._port)
        finally:
            for task in tasks:
                task.cancel()
            access_point.active(False)
        return self._address

    def _open(self):
        network = wifi.radio()
        access_point = network.WLAN(network.AP_IF)
        name = access_point.config("mac")[-2:].hex()
        access_point.config(ssid="microdot-" + name, security=0)
        access_point.active(True)
        return access_point

    async def _page(self, request):
        self._used_at = time.time()
        if "scan" in (request.query_string or ""):
            self._scanned_at = None
        return self._form("")

    async def _submit(self, request):
        self._used_at = time.time()
        form = request.form
        ssid = (form.get("network") or form.get("ssid") or "").strip()
        hostname = "".join(char for char in form.get("hostname") or "" if char in _HOSTNAME)
        if not ssid:
            return self._form("choose a network or type its name")
        wanted = {"ssid": ssid, "password": form.get("password") or "", "hostname": hostname[:32]}
        address, why = await self._join(wanted, _JOIN_MS)
        if not address:
            return self._form("could not join %s: %s" % (ssid, why))
        wifi.save(**wanted)
        self._finish(address)
        name = escape(hostname or "device")
        return _html(_HEAD % "It works", _DONE % (escape(ssid), address, address, name, name))

    async def _elsewhere(self, request):
        return Response.redirect("http://%s%s/" % (self.gateway, "" if self._port == 80 else ":%d" % self._port))

    def _form(self, problem):
        saved = self._saved or {}
        problem = '<p class="bad">%s</p>' % escape(problem) if problem else ""
        nets = "".join(_NET % (escape(name), escape(name), strength) for name, strength in self._scan())
        form = _FORM % ('<div class="nets">%s</div>' % nets, escape(saved.get("ssid", "")), escape(saved.get("hostname", "")))
        return _html(_HEAD % "Wi-Fi set-up", problem, form)

    def _scan(self):
        """The networks in reach, strongest first, each name once; a scan holds everything up, so not each time."""
        now = time.time()
        if self._scanned_at is None or now - self._scanned_at > _SCAN_AGE_S:
            self._scanned_at = now
            self._networks = scan()
        return self._networks

    async def _join(self, wanted, timeout_ms):
        async with self._joining:
            station = wifi.start(wanted)
            for _ in range(timeout_ms // 100):
                if station.isconnected():
                    return station.ifconfig()[0], ""
                await asyncio.sleep(0.1)
            return "", wifi.reason(station)

    async def _retry(self):
        """Try the saved network again while nobody uses the page."""
        while self._saved:
            await asyncio.sleep(_RETRY_S)
            if time.time() - self._used_at < _RETRY_S:
                continue
            address, _ = await self._join(self._saved, _JOIN_MS)
            if address:
                self._finish(address)
                return

    def _finish(self, address):
        self._address = address
        asyncio.create_task(self._close())

    async def _close(self):
        await asyncio.sleep(_GOODBYE_S)
        self.app.shutdown()


_NET = '<label><input type="radio" name="network" value="%s"> %s (%d%%)</label>'


def scan():
    """The networks in reach as [(name, strength in percent)], strongest first; hidden ones left out."""
    network = wifi.radio()
    station = network.WLAN(network.STA_IF)
    station.active(True)
    best = {}
    for name, _, _, rssi, *_ in station.scan():
        name = _text(name)
        strength = max(0, min(100, 2 * (rssi + 100)))
        if name and strength >= best.get(name, 0):
            best[name] = strength
    return sorted(best.items(), key=lambda item: -item[1])


def _text(name):
    """A network's name as text, '' where it is hidden or no UTF-8."""
    try:
        return str(name, "utf-8").strip("\x00")
    except UnicodeError:
        return ""


def _html(*parts):
    return Response("".join(parts), headers={"Content-Type": "text/html; charset=UTF-8", "Cache-Control": "no-store"})
