# Join the Wi-Fi with the saved settings; where there are none, or they fail, let a phone enter them.
#
# Settings are in wifi.json: {"ssid": ..., "password": ..., "hostname": ...}; the last two may be missing.
import json
import os
import time

FILE = os.getcwd().rstrip("/") + "/wifi.json"

_JOIN_MS = 20000
_POLL_MS = 100


def up(join_ms=_JOIN_MS):
    """Bring the device onto the network and return its address; '' where the firmware has no Wi-Fi."""
    network = radio()
    if not network:
        return ""
    saved = settings()
    if saved:
        address, why = join(saved, join_ms)
        if address:
            return address
        print("cannot join %s: %s" % (saved["ssid"], why))
    from onboard import portal

    return portal.run(saved)


def settings():
    """The saved settings, or None."""
    try:
        with open(FILE) as file:
            saved = json.load(file)
        return saved if saved["ssid"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(ssid, password="", hostname=""):
    """Keep the settings for the next boots."""
    values = {"ssid": ssid, "password": password, "hostname": hostname}
    with open(FILE, "w") as file:
        json.dump(values, file)
    return values


def forget():
    """Drop the settings, so that the next boot opens the set-up page."""
    try:
        os.remove(FILE)
    except OSError:
        pass  # there were none


def join(saved, timeout_ms=_JOIN_MS):
    """Join and wait; returns (address, '') or ('', why not)."""
    station = start(saved)
    end = time.ticks_add(time.ticks_ms(), timeout_ms)
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        if station.isconnected():
            return station.ifconfig()[0], ""
        time.sleep_ms(_POLL_MS)
    return "", reason(station)


def start(saved):
    """Begin to join and return the station interface."""
    network = radio()
    if saved.get("hostname"):
        network.hostname(saved["hostname"])
    station = network.WLAN(network.STA_IF)
    station.active(True)
    if station.isconnected():
        station.disconnect()
    station.connect(saved["ssid"], saved.get("password") or None)
    return station


def reason(station):
    """Why the station has not joined, for people."""
    network = radio()
    status = station.status()
    if status == getattr(network, "STAT_WRONG_PASSWORD", None):
        return "the password is wrong"
    if status == getattr(network, "STAT_NO_AP_FOUND", None):
        return "there is no such network here"
    return "the network did not answer (%s)" % status


def radio():
    """The module `network` of firmware that has Wi-Fi, None elsewhere."""
    try:
        import network
    except ImportError:
        return None
    return network if hasattr(network, "WLAN") else None
