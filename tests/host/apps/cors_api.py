"""An API that pages of one other origin may use, in either flavour: `cors_api.py FLAVOUR PORT ORIGIN`."""

import sys

flavour, port, origin = sys.argv[1:]
if flavour == "asyncio":
    from microdot.asyncio import Microdot, Response
else:
    from microdot import Microdot, Response
from microdot.cors import CORS

app = Microdot()
CORS(
    app,
    allowed_origins=[origin],
    allow_credentials=True,
    allowed_methods=["GET", "PUT"],
    allowed_headers=["X-Token", "Content-Type"],
    expose_headers=["X-Total"],
)


@app.get("/page")
def page(request):
    return "<title>page</title>", {"Content-Type": "text/html"}


@app.route("/data", methods=["GET", "PUT", "DELETE"])
def data(request):
    response = Response({"method": request.method, "token": request.headers.get("X-Token"), "cookies": request.cookies})
    response.headers["X-Total"] = "7"
    response.headers["X-Other"] = "8"
    response.set_cookie("seen", "yes", path="/")
    return response


@app.get("/fail")
def fail(request):
    raise ValueError("on purpose")


app.run("127.0.0.1", int(port))
