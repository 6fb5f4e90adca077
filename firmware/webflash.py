"""Flash from a browser: a manifest in the format of ESP Web Tools, and the small page that uses it."""

import json
from html import escape

#: esptool's chip -> ESP Web Tools' chipFamily
_FAMILIES = {
    "esp8266": "ESP8266",
    "esp32": "ESP32",
    "esp32s2": "ESP32-S2",
    "esp32s3": "ESP32-S3",
    "esp32c3": "ESP32-C3",
    "esp32c6": "ESP32-C6",
}
_TOOLS = "https://unpkg.com/esp-web-tools@10/dist/web/install-button.js?module"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<script type="module" src="{tools}"></script>
<style>body {{ font-family: sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}</style>
<h1>{title}</h1>
<p>{facts}</p>
<esp-web-install-button manifest="manifest.json">
  <button slot="activate">Connect and flash</button>
  <span slot="unsupported">This browser has no Web Serial; Chrome and Edge on a computer have it.</span>
  <span slot="not-allowed">Web Serial works on pages from localhost or over HTTPS only.</span>
</esp-web-install-button>
<p>Plug the board into this computer first. Serve this folder to see the page: <code>python3 -m http.server</code></p>
</html>
"""


def files(board, facts):
    """{file name: text} of the manifest and the page for the image of `board`; none for boards that no ESP chip is on.

    :param facts: the build's, as in build.json.
    """
    if board.chip not in _FAMILIES:
        return {}
    return {"manifest.json": json.dumps(manifest(board, facts), indent=4) + "\n", "index.html": _page(board, facts)}


def manifest(board, facts):
    """The manifest: one image, at the chip's boot loader offset."""
    part = {"path": board.artifact, "offset": int(str(board.flash["offset"]), 0)}
    return {
        "name": _title(board, facts),
        "version": f"{facts['framework']} (MicroPython {facts['micropython']})",
        "new_install_prompt_erase": True,
        "builds": [{"chipFamily": _FAMILIES[board.chip], "parts": [part]}],
    }


def _title(board, facts):
    return f"{facts['app'] or 'Microdot Firmware'} on {board.product}"


def _page(board, facts):
    shown = f"MicroPython {facts['micropython']}, framework {facts['framework']} {facts['revision']}".strip()
    return _PAGE.format(title=escape(_title(board, facts)), facts=escape(shown), tools=_TOOLS)
