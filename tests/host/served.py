"""The application of the server tests, in either flavour on either runtime: `python served.py '{"flavour": "sync", ...}'`.

Keys: `flavour`, `host`, `port`, `debug`, `settings` (attributes of the application), `request` (those of
its requests), `shutdown` ("early" or "task"), `runs`.
"""

import json
import sys
import time

options = json.loads(sys.argv[1])
is_async = options["flavour"] == "asyncio"
if is_async:
    import asyncio

    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

app = Microdot()
for name, value in options.get("settings", {}).items():
    setattr(app, name, value)
for name, value in options.get("request", {}).items():
    setattr(app.request_class, name, value)


greeted = []


@app.get("/")
def index(request):
    if not greeted:
        greeted.append(request.client_addr)
    return "hello"


@app.get("/port")
def port(request):
    return str(request.client_addr[1])


@app.get("/client")
def client(request):
    return list(request.client_addr)


@app.route("/echo", methods=["POST", "PUT"])
def echo(request):
    return request.body, 200, {"Content-Type": request.content_type or "application/octet-stream"}


@app.get("/stream")
def stream(request):
    return iter(["one ", b"two ", "three"])


@app.get("/zeros/<int:kb>")
def zeros(request, kb):
    return (b"0" * 1024 for _ in range(kb))


@app.post("/count")
async def count(request):
    total = 0
    while True:
        data = await request.read(4096)
        if not data:
            return str(total)
        total += len(data)


@app.get("/slow/<int:ms>")
async def slow(request, ms):
    if is_async:
        await asyncio.sleep(ms / 1000)
    else:
        time.sleep(ms / 1000)
    return "slept"


@app.get("/fail")
def fail(request):
    raise ValueError("on purpose")


@app.get("/shutdown")
def shutdown(request):
    request.app.shutdown()
    return "bye"


async def main(port):
    async def stop():
        while not greeted:
            await asyncio.sleep(0.05)
        app.shutdown()

    task = asyncio.create_task(stop())
    await app.start_server("127.0.0.1", port, options.get("debug", False))
    await task


if __name__ == "__main__":
    if options.get("shutdown") == "early":
        app.shutdown()
    for _ in range(options.get("runs", 1)):
        if options.get("shutdown") == "task":
            asyncio.run(main(options["port"]))
        else:
            app.run(options.get("host", "127.0.0.1"), options["port"], options.get("debug", False))
        print("stopped", flush=True) if sys.implementation.name == "cpython" else print("stopped")
