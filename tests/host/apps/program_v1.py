"""A program as they were written for Microdot 1, with the imports of the migration page: program_v1.py FLAVOUR PORT"""

import sys

is_async = sys.argv[1] == "asyncio"
if is_async:
    from microdot.asyncio import Microdot, Request, Response, abort, redirect, send_file
    from microdot.asyncio.websocket import with_websocket
else:
    from microdot import Microdot, Request, Response, abort, redirect, send_file
    from microdot.websocket import with_websocket
from microdot.cors import CORS
from microdot.session import delete_session, get_session, set_session_secret_key, update_session, with_session

app = Microdot()
users = Microdot()
CORS(app, allowed_origins="*", allow_credentials=True)
set_session_secret_key("top-secret!")

Response.default_content_type = "text/html"
Request.max_content_length = 64 * 1024
Request.max_readline = 1024


class Missing(Exception):
    pass


@app.before_request
def start(request):
    request.g.seen = ["before"]
    if request.headers.get("X-Stop"):
        return "stopped", 403


@app.after_request
def finish(request, response):
    response.headers["X-Seen"] = ",".join(request.g.seen)
    return response


@app.after_error_request
def finish_error(request, response):
    response.headers["X-Error"] = "yes"


@app.errorhandler(404)
def not_found(request):
    return {"error": "resource not found"}, 404


@app.errorhandler(Missing)
def missing(request, exc):
    return "missing " + str(exc), 410


@app.route("/", methods=["GET", "POST"])
def index(request):
    if request.method == "POST":
        response = redirect("/")
        response.set_cookie("name", request.form.get("name"))
        response.set_cookie("old", "", expires="Thu, 01 Jan 1970 00:00:01 GMT")
        return response
    return "<h1>Hello, " + request.cookies.get("name", "stranger") + "</h1>"


@app.get("/number/<int:number>/<re:[a-c]+:letters>/<path:rest>")
def arguments(request, number, letters, rest):
    @request.after_request
    def last(request, response):
        response.headers["X-Last"] = str(number)

    return [number, letters, rest, request.args.getlist("a"), request.args.get("n", type=int)]


@app.put("/json")
def json(request):
    return (
        {"got": request.json, "type": request.content_type, "length": request.content_length},
        201,
        {"X-Kind": "json"},
    )


@app.get("/abort/<int:code>")
def aborted(request, code):
    abort(code, "no, " + str(code))


@app.get("/missing")
def raises(request):
    raise Missing("thing")


@app.get("/stream")
def stream(request):
    def count():
        yield "one,"
        yield b"two,"
        yield "three"

    return count(), {"Content-Type": "text/plain"}


@app.get("/file")
def file(request):
    return send_file(__file__, content_type="text/x-python", max_age=60)


if is_async:

    @app.post("/upload")
    async def upload(request):
        left = request.content_length
        total = 0
        while left > 0:
            chunk = await request.stream.read(min(left, 1024))
            total += len(chunk)
            left -= len(chunk)
        return {"size": total}

    @app.get("/echo")
    @with_websocket
    async def echo(request, ws):
        while True:
            await ws.send(await ws.receive())
else:

    @app.post("/upload")
    def upload(request):
        left = request.content_length
        total = 0
        while left > 0:
            chunk = request.stream.read(min(left, 1024))
            total += len(chunk)
            left -= len(chunk)
        return {"size": total}

    @app.get("/echo")
    @with_websocket
    def echo(request, ws):
        while True:
            try:
                ws.send(ws.receive())
            except OSError:
                print("echo ended")
                return


@app.get("/session")
@with_session
def session(request, session):
    session["count"] = session.get("count", 0) + 1
    update_session(request, session)
    return session


@app.post("/logout")
def logout(request):
    assert get_session(request)
    delete_session(request)


@users.get("/")
def all_users(request):
    return ["susan"]


@users.delete("/<name>")
def delete_user(request, name):
    return None


@app.get("/shutdown")
def shutdown(request):
    request.app.shutdown()
    return "The server is shutting down..."


app.mount(users, url_prefix="/users")

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[2]), debug=True)
