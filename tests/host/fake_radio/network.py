# A stand-in for the `network` module of a board with Wi-Fi: one network in the air, told by the environment.
#
# RADIO_SSID and RADIO_PASSWORD are what may be joined; what happens is printed, a line each, for the test to read.
import os

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND, STAT_GOT_IP = 1000, 1001, 202, 201, 1010

_interfaces = {}


def hostname(name):
    print("radio: hostname", name)


def WLAN(kind):
    if kind not in _interfaces:
        _interfaces[kind] = _Station() if kind == STA_IF else _AccessPoint()
    return _interfaces[kind]


class _Interface:
    _on = False

    def active(self, on=None):
        if on is None:
            return self._on
        if on != self._on:
            print("radio:", self._name, "up" if on else "down")
        self._on = on


class _Station(_Interface):
    _name = "station"
    _status = STAT_IDLE

    def scan(self):
        assert self._on
        air = os.getenv("RADIO_SSID")
        return [
            (b"neighbour", b"\x00" * 6, 1, -80, 3, False),
            (air.encode(), b"\x00" * 6, 6, -70, 3, False),
            (air.encode(), b"\x01" * 6, 11, -50, 3, False),
            (b"<script>alert(1)</script>", b"\x02" * 6, 1, -90, 0, False),
            (b"", b"\x03" * 6, 1, -60, 3, True),
            (b"\xff\xfe", b"\x04" * 6, 1, -40, 3, False),
        ]

    def connect(self, ssid, password=None):
        assert self._on
        print("radio: connect", ssid, password)
        if ssid != os.getenv("RADIO_SSID"):
            self._status = STAT_NO_AP_FOUND
        elif (password or "") != os.getenv("RADIO_PASSWORD"):
            self._status = STAT_WRONG_PASSWORD
        else:
            self._status = STAT_GOT_IP

    def disconnect(self):
        self._status = STAT_IDLE

    def isconnected(self):
        return self._status == STAT_GOT_IP

    def status(self):
        return self._status

    def ifconfig(self):
        return ("192.168.1.77", "255.255.255.0", "192.168.1.1", "192.168.1.1")


class _AccessPoint(_Interface):
    _name = "access point"

    def config(self, what=None, **values):
        if values:
            self._values = values
            return None
        return b"\x24\x0a\xc4\x11\x22\x33" if what == "mac" else self._values[what]

    def ifconfig(self):
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")
