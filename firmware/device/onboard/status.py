# A page about the device: what firmware without an app of its own serves, and any app may mount.
#
#     from onboard.status import app as status
#     app.mount(status, url_prefix="/status")
import gc
import sys
import time

from microdot.asyncio import Microdot, Response

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;margin:0 auto;padding:1em}
th{text-align:left;padding-right:1em;vertical-align:top}td{overflow-wrap:anywhere}</style>
<h1>It runs</h1><table>%s</table>
<p>Put an app of your own in its place with <code>microdot mount APP</code> while you write it,
<code>microdot deploy APP</code> when it works.</p>
"""

app = Microdot()
_started_ms = time.ticks_ms()


@app.get("/")
@app.get("/status")
async def page(request):
    values = facts()
    rows = "".join("<tr><th>%s</th><td>%s</td></tr>" % item for item in values.items())
    return Response(_PAGE % (values["board"], rows), headers={"Content-Type": "text/html; charset=UTF-8"})


@app.get("/status.json")
async def data(request):
    return facts()


def facts():
    """What can be told of the device, as plain values by name."""
    gc.collect()
    implementation = sys.implementation
    values = {
        "board": getattr(implementation, "_machine", sys.platform),
        "MicroPython": ".".join(str(part) for part in implementation.version[:3]),
        "uptime": "%d s" % (time.ticks_diff(time.ticks_ms(), _started_ms) // 1000),
        "memory": "%d bytes used, %d free" % (gc.mem_alloc(), gc.mem_free()),
    }
    values.update(_build())
    return values


def _build():
    try:
        import _microdot_build as build
    except ImportError:
        return {}
    return {"framework": build.framework, "revision": build.revision or "-", "app": build.app or "none"}
