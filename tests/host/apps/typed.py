"""A program with type hints, for mypy: what is wrong in it is marked with the error that is to be found there."""

import asyncio

from microdot import Microdot, Request, Response, abort, redirect, send_file
from microdot.asgi import Microdot as ASGIMicrodot, Request as ASGIRequest
from microdot.asyncio import Microdot as AsyncMicrodot, Request as AsyncRequest
from microdot.asyncio.test_client import TestClient as AsyncTestClient
from microdot.asyncio.websocket import WebSocket as AsyncWebSocket, with_websocket as with_async_websocket
from microdot.auth import BasicAuth
from microdot.cors import CORS
from microdot.csrf import CSRF
from microdot.login import Login
from microdot.multipart import FormDataIter, with_form_data
from microdot.session import Session, SessionDict, with_session
from microdot.sse import SSE, with_sse
from microdot.ssl import create_ssl_context
from microdot.static import StaticFiles
from microdot.test_client import TestClient
from microdot.websocket import WebSocket, WebSocketError, with_websocket
from microdot.wsgi import Microdot as WSGIMicrodot, Request as WSGIRequest

app = Microdot()
cors = CORS(app, allowed_origins=["https://example.com"])
CSRF(app, cors=cors)
Session(app, secret_key="top-secret", cookie_options={"path": "/"})
StaticFiles(app, max_age=60)
auth = BasicAuth()
login = Login()


@app.get("/")
@with_session
def index(request: Request, session: SessionDict) -> Response | str:
    limit = request.args.get("limit", 10, type=int)
    half: float = limit / 2
    name: str | None = request.args.get("name")
    if name is None:
        abort(404)
    session["name"] = name
    session.save()
    session.safe()  # error: attr-defined
    name + half  # error: operator
    return redirect("/") if limit else name


@app.route("/file", methods=["GET", "POST"])
@auth
def file(request: Request) -> Response:
    response = send_file("file.txt", max_age="60")  # error: arg-type
    response.set_cookie("a", 1, path="/", same_site="Lax")
    response.set_cookie("a", "b", samesite="Lax")  # error: call-arg
    response.headers["X-Name"] = request.g.current_user
    return response


@app.before_request
def before(request: Request) -> None:
    request.method.upper()
    request.methods  # error: attr-defined


@app.errorhandler(ValueError)
def failed(request: Request, exc: ValueError) -> tuple[str, int]:
    return str(exc), 400


@app.get("/echo/<int:times>")
@with_websocket
def echo(request: Request, ws: WebSocket, times: int) -> None:
    try:
        for _ in range(times):
            ws.send(ws.receive())
    except WebSocketError as exc:
        print(exc.code + 1, exc.reason)
    ws.send(3)  # error: arg-type


@app.get("/chat")
@with_websocket(subprotocols=["chat"], origins=lambda origin: origin.endswith(".com"))
def chat(request: Request, ws: WebSocket) -> None:
    print((ws.subprotocol or "").upper())


@app.post("/upload")
@with_form_data
def upload(request: Request) -> str:
    for name, value in FormDataIter(request):
        print(name, value if isinstance(value, str) else value.filename)
    return str(request.form["title"])


def test() -> None:
    client = TestClient(app, cookies={"a": "b"})
    print(client.get("/", headers={"A": "b"}).json["a"])
    client.fetch("/")  # error: attr-defined


async_app = AsyncMicrodot()
async_app.mount(AsyncMicrodot(), url_prefix="/sub", local=True)
async_app.logger = print


@async_app.get("/events")
@with_sse
async def events(request: AsyncRequest, sse: SSE) -> None:
    await sse.send({"a": 1}, event="a", retry=1.5)


@async_app.get("/echo")
@with_async_websocket
async def async_echo(request: AsyncRequest, ws: AsyncWebSocket) -> None:
    message = await ws.receive()
    await ws.send(message)
    message.encode()  # error: union-attr


async def async_test() -> None:
    response = await AsyncTestClient(async_app).get("/")
    print(response.status_code + 1, response.text.upper())
    AsyncTestClient(async_app).get("/").text  # error: attr-defined


wsgi_app = WSGIMicrodot()
asgi_app = ASGIMicrodot(lifespan_startup=lambda scope: asyncio.sleep(1))
ASGIMicrodot(on_startup=print)  # error: call-arg


@wsgi_app.get("/")
def wsgi_index(request: WSGIRequest) -> str:
    return str(request.environ["REMOTE_ADDR"]) + str(request.asgi_scope)  # error: attr-defined


@asgi_app.get("/")
async def asgi_index(request: ASGIRequest) -> str:
    return str(request.asgi_scope["client"])


async def main() -> None:
    await async_app.start_server(port=5000, ssl=create_ssl_context("cert.der", "key.der"))
    await async_app.start_server(port="5000")  # error: arg-type


asyncio.run(main())
