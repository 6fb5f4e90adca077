"""A program as they are written for Microdot 2, with the imports of the migration page: `program_v2.py PORT`."""

import asyncio
import sys

from microdot.asyncio import Microdot, Request, Response, URLPattern, abort, redirect, send_file
from microdot.asyncio.test_client import TestClient
from microdot.asyncio.websocket import WebSocketError, websocket_upgrade, with_websocket
from microdot.auth import BasicAuth, TokenAuth
from microdot.cors import CORS
from microdot.csrf import CSRF
from microdot.helpers import wraps
from microdot.login import Login
from microdot.multipart import FormDataIter, with_form_data
from microdot.session import Session, with_session
from microdot.sse import sse_response, with_sse

app = Microdot()
admin = Microdot()
Session(app, secret_key="top-secret!", cookie_options={"max_age": 3600})
cors = CORS(app, allowed_origins=["https://example.com"])
csrf = CSRF(app, cors)
login = Login()
basic = BasicAuth()
token = TokenAuth()

URLPattern.register_type("hex", "[0-9a-f]+", lambda text: int(text, 16))
Response.types_map["log"] = "text/x-log"
Request.max_content_length = 1024 * 1024
Request.max_body_length = 8 * 1024


class User:
    def __init__(self, name):
        self.id = name


def shouted(f):
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        return (await f(request, *args, **kwargs)).upper()

    return wrapper


@login.user_loader
async def get_user(user_id):
    return User(user_id)


@basic.authenticate
async def check(request, username, password):
    return username if password == "open" else None


@token.authenticate
def check_token(request, value):
    return {"let-me-in": "robot"}.get(value)


@token.errorhandler
async def bad_token(request):
    return {"error": "bad token"}, 401


@app.get("/")
@shouted
async def index(request):
    assert request.app is app and request.route and request.url_prefix == "" and request.subapp is None
    return "hello over " + request.scheme


@app.get("/plain")
def plain(request):
    return "from a plain function"


@app.get("/status")
async def status(request):
    return 202


@app.get("/color/<hex:number>")
async def color(request, number):
    return {"number": number}


@app.post("/body")
@csrf.exempt
async def body(request):
    if request.body:
        return {"where": "memory", "size": len(request.body)}
    size = 0
    async for piece in pieces(request.stream):
        size += len(piece)
    return {"where": "stream", "size": size}


class pieces:
    """What is read from a stream, for `async for`."""

    def __init__(self, stream):
        self.stream = stream

    def __aiter__(self):
        return self

    async def __anext__(self):
        piece = await self.stream.read(1024)
        if not piece:
            raise StopAsyncIteration
        return piece


class Countdown:
    def __init__(self, start):
        self.left = start

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        await asyncio.sleep(0.01)
        self.left -= 1
        return str(self.left)

    async def aclose(self):
        print("countdown closed")


@app.get("/countdown")
async def countdown(request):
    return Countdown(5), 200, {"X-Kind": "countdown"}


@app.get("/cookies")
async def cookies(request):
    response = Response("ok")
    if request.cookies.get("a"):
        response.delete_cookie("a", path="/")
    else:
        response.set_cookie("a", "b", path="/", max_age=60, http_only=True)
    return response


@app.get("/events")
@with_sse
async def events(request, sse):
    for number in range(3):
        await sse.send({"number": number}, event="counter", event_id=str(number))
    await sse.send("done", retry=2)


@app.get("/late-events")
async def late_events(request):
    async def send(request, sse, name):
        await sse.send("hello " + name)

    return sse_response(request, send, request.args.get("name", "you"))


@app.get("/echo")
@with_websocket
async def echo(request, ws):
    try:
        while True:
            await ws.send(await ws.receive())
    except WebSocketError:
        print("echo ended")
        raise


@app.get("/upgrade")
async def upgrade(request):
    if not request.args.get("name"):
        return "who?", 400
    ws = await websocket_upgrade(request)
    await ws.send("hello " + request.args["name"])
    await ws.close()
    return Response.already_handled


@app.get("/session")
@with_session
async def session(request, session):
    session["count"] = session.get("count", 0) + 1
    session.save()
    return session


@app.post("/login")
@csrf.exempt
async def log_in(request):
    return await login.login_user(request, User(request.form["name"]), remember=3)


@app.get("/me")
@login
async def me(request):
    user = await login.get_current_user(request)
    return user.id + " " + request.g.current_user.id


@app.get("/password")
@login.fresh
async def password(request):
    return "secret"


@app.post("/logout")
@csrf.exempt
async def log_out(request):
    await login.logout_user(request)
    return redirect("/")


@app.get("/basic")
@basic
async def with_basic(request):
    return request.g.current_user


@app.get("/token")
@token.optional
async def with_token(request):
    return request.g.current_user or "nobody"


@app.get("/robot")
@token
def for_robots(request):
    return request.g.current_user


@app.post("/form")
@csrf.exempt
@with_form_data
async def form(request):
    return {"title": request.form["title"], "file": (await request.files["file"].read()).decode()}


@app.post("/iter")
@csrf.exempt
async def iterated(request):
    found = {}
    async for name, value in FormDataIter(request):
        found[name] = value if isinstance(value, str) else [value.filename, len(await value.read())]
    return found


@app.post("/guarded")
async def guarded(request):
    return "passed"


@admin.before_request
async def only_admins(request):
    if request.args.get("pin") != "1234":
        abort(403)


@admin.errorhandler(403)
async def forbidden(request):
    return "admins only", 403


@admin.get("/")
async def admin_index(request):
    return request.url_prefix + " " + str(request.subapp is admin)


@app.get("/file")
async def file(request):
    return send_file(__file__)


@app.get("/divide/<int:a>/<int:b>")
async def divide(request, a, b):
    return str(a / b)


@app.errorhandler(ZeroDivisionError)
async def divided_by_zero(request, exc):
    return {"error": type(exc).__name__}, 500


app.mount(admin, url_prefix="/admin", local=True)


async def test():
    client = TestClient(app, cookies={"x": "y"}, host="test:80")
    response = await client.get("/color/ff")
    assert (response.status_code, response.json, response.reason) == (200, {"number": 255}, None)
    response = await client.get("/events")
    assert [event["data_json"] for event in response.events][:3] == [{"number": n} for n in range(3)]
    assert (await client.query("/nowhere")).status_code == 404

    def talk():
        assert (yield "hello") == "hello"
        assert (yield b"bytes") == b"bytes"

    await client.websocket("/echo", talk)


async def main():
    await test()
    server = asyncio.create_task(app.start_server(host="127.0.0.1", port=int(sys.argv[1]), debug=True))
    await server


if __name__ == "__main__":
    asyncio.run(main())
