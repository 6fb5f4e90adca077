import io

from flavours import ASYNCIO, SYNC, both, limits
from portable import MICROPYTHON, parametrize, raises, skip
from transports import Pieces

from microdot.compat import drive
from microdot.multidict import MultiDict
from microdot.body import BodyStream
from microdot.request import Request

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def bare(url, headers=None, body=None):
    return Request(None, ("192.0.2.1", 5), "GET", url, "1.1", headers or {}, body)


async def seen(flavour, method, path, look, headers=None, body=None):
    """What `look(request)` returns inside a handler for any path."""
    app = flavour.app()
    found = []
    app.route("/<path:p>", ["GET", "POST"])(lambda request, p: found.append(look(request)))
    response = await flavour.request(app, method, path, headers, body)
    assert response.status_code == 204
    return found[0]


def test_url_is_split():
    request = bare("/a/b?x=1&y=2")
    assert (request.url, request.path, request.query_string) == ("/a/b?x=1&y=2", "/a/b", "x=1&y=2")
    assert request.args == {"x": ["1"], "y": ["2"]}


def test_query_string_is_none_without_a_question_mark():
    assert bare("/a").query_string is None
    assert bare("/a?").query_string == ""
    assert bare("/a?b?c").query_string == "b?c"


def test_args_are_a_multidict_even_when_empty():
    assert bare("/a").args == {}
    assert bare("/a").args.getlist("x") == []


def test_path_is_decoded_once_and_url_is_raw():
    request = bare("/a%20b/%25c3/%c3%a4+?q=%20")
    assert request.path == "/a b/%c3/ä+"
    assert request.url == "/a%20b/%25c3/%c3%a4+?q=%20"


@parametrize("path", ["/%", "/%zz", "/%ff", "/a%2"])
def test_malformed_escapes_in_the_path_are_kept(path):
    assert bare(path).path == path


@parametrize("escaped", ["/caf%C3%A9", "/café"])
async def test_routing_sees_the_decoded_path(escaped):
    app = SYNC.app()
    app.get("/<name>")(lambda request, name: name)
    assert (await SYNC.get(app, escaped)).text == "café"


@both
async def test_what_the_connection_says(flavour):
    def look(request):
        return request.method, request.http_version, request.client_addr, request.scheme

    assert await seen(flavour, "GET", "/x", look) == ("GET", "1.0", ("127.0.0.1", 1234), "http")


@both
async def test_app_and_route_are_known(flavour):
    app = flavour.app()

    @app.get("/<int:n>")
    def handler(request, n):
        return {"app": request.app is app, "route": request.route is handler, "args": request.url_args}

    response = await flavour.get(app, "/3")
    assert response.json == {"app": True, "route": True, "args": {"n": 3}}


@both
async def test_headers_without_case(flavour):
    value = await seen(flavour, "GET", "/x", lambda request: request.headers["x-FOO"], {"X-Foo": " bar "})
    assert value == "bar"


@both
async def test_of_a_repeated_header_the_last_wins(flavour):
    app = flavour.app()
    app.get("/")(lambda request: request.headers["x"] + str(sorted(request.headers)))
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n"])
    await flavour.serve(app, transport)
    assert transport.sent.endswith(b"\r\n\r\n2['Host', 'X']")


@parametrize(
    "header, cookies",
    [
        ("a=b; c=d", {"a": "b", "c": "d"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=b; c", {"a": "b", "c": ""}),
        ("a=b;", {"a": "b"}),
        ('a="q r"; b=%20', {"a": '"q r"', "b": "%20"}),
        ("", {}),
    ],
    ids=["two", "equals", "no-value", "trailing", "raw", "empty"],
)
def test_cookies(header, cookies):
    assert bare("/", {"Cookie": header}).cookies == cookies


def test_no_cookies():
    assert bare("/").cookies == {}


@both
async def test_content_length_and_type(flavour):
    def look(request):
        return request.content_length, request.content_type

    assert await seen(flavour, "GET", "/x", look) == (0, None)
    assert await seen(flavour, "POST", "/x", look, {"Content-Type": "text/plain"}, "äb") == (3, "text/plain")


@both
async def test_body(flavour):
    assert await seen(flavour, "POST", "/x", lambda request: request.body, body=b"data") == b"data"
    assert await seen(flavour, "GET", "/x", lambda request: request.body) == b""


@both
async def test_body_and_stream_may_both_be_used(flavour):
    app = flavour.app()

    @app.post("/")
    async def index(request):
        return request.body + await request.read() + request.body

    assert (await flavour.request(app, "POST", "/", body=b"ab")).body == b"ababab"


@both
async def test_json(flavour):
    value = await seen(flavour, "POST", "/x", lambda request: request.json, JSON, '{"a": [1, null]}')
    assert value == {"a": [1, None]}


@parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_media_type(kind):
    assert bare("/", {"Content-Type": kind}, b"[1]").json == [1]


@parametrize("kind", ["text/plain", "application/jsonp", "application/vnd.api+json"])
def test_other_types_are_no_json(kind):
    assert bare("/", {"Content-Type": kind}, b"[1]").json is None


def test_json_is_parsed_once():
    request = bare("/", JSON, b'{"a": 1}')
    assert request.json is request.json


@parametrize("body", ["", "nul", "[1] x", '"a'])
async def test_malformed_json_is_a_bad_request(body):
    for flavour in (SYNC, ASYNCIO):
        app = flavour.app()
        app.post("/")(lambda request: {"got": request.json})
        response = await flavour.request(app, "POST", "/", JSON, body)
        assert response.status_code == 400


@parametrize("body", ["{", '{"a": }', "[1 2]"])
async def test_malformed_json_that_micropython_takes(body):
    if MICROPYTHON:
        skip("MicroPython's json is lenient")
    app = SYNC.app()
    app.post("/")(lambda request: {"got": request.json})
    assert (await SYNC.request(app, "POST", "/", JSON, body)).status_code == 400


@both
async def test_json_that_is_not_utf8_is_a_bad_request(flavour):
    app = flavour.app()
    app.post("/")(lambda request: {"got": request.json})
    assert (await flavour.request(app, "POST", "/", JSON, b'"\xff"')).status_code == 400


@both
async def test_form(flavour):
    value = await seen(flavour, "POST", "/x", lambda request: request.form, FORM, "a=b+c&a=%C3%A4&d&e=%")
    assert value == {"a": ["b c", "ä"], "d": [""], "e": ["%"]}


def test_form_media_type():
    assert bare("/", {"Content-Type": FORM["Content-Type"] + "; charset=utf-8"}, b"a=1").form == {"a": ["1"]}
    assert bare("/", {"Content-Type": "text/plain"}, b"a=1").form is None


def test_empty_form_is_an_empty_multidict():
    form = bare("/", FORM, b"").form
    assert form == {}
    assert isinstance(form, MultiDict)


def test_form_is_parsed_once():
    request = bare("/", FORM, b"a=1")
    assert request.form is request.form


def test_files_are_none_until_multipart_fills_them():
    assert bare("/").files is None


@both
async def test_g_is_fresh_for_each_request_and_shared_within_it(flavour):
    app = flavour.app()

    @app.before_request
    def before(request):
        request.g.seen = getattr(request.g, "seen", 0) + 1

    app.get("/")(lambda request: str(request.g.seen))
    assert (await flavour.get(app, "/")).text == "1"
    assert (await flavour.get(app, "/")).text == "1"


class Stream:
    """What `Request.create` reads from in the asyncio flavour."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    async def read(self, n=-1):
        return self.file.read(n)


def request_class(flavour):
    if flavour.is_async:
        from microdot.asyncio import Request
    else:
        from microdot import Request
    return Request


async def created(cls, flavour, data):
    """What `Request.create` makes of the bytes of a stream, and all that is in the request's own stream."""
    if flavour.is_async:
        request = await cls.create("app", Stream(data), "writer", "addr")
    else:
        request = cls.create("app", io.BytesIO(data), "addr")
    return request, request and await flavour.finish(request.stream.read())


@both
async def test_create(flavour):
    request, rest = await created(request_class(flavour), flavour, b"PUT /a?b=1 HTTP/1.0\nX: y\nContent-Length: 2\n\nabc")
    assert (request.app, request.client_addr, request.method, request.path) == ("app", "addr", "PUT", "/a")
    assert (request.args, request.headers) == ({"b": ["1"]}, {"X": "y", "Content-Length": "2"})
    assert (request.body, rest) == (b"ab", b"ab")


@both
async def test_create_makes_the_class_that_it_is_called_on(flavour):
    class Own(request_class(flavour)):
        max_readline = 5

    with raises(ValueError):
        await created(Own, flavour, b"GET / HTTP/1.0\n\n")
    Own.max_readline = 100
    assert isinstance((await created(Own, flavour, b"GET / HTTP/1.0\n\n"))[0], Own)


@parametrize("data", [b"", b"\n", b"\r\n", b"\r\nGET / HTTP/1.0\r\n\r\n"], ids=["end", "lf", "crlf", "before"])
async def test_create_of_nothing(data):
    for flavour in (SYNC, ASYNCIO):
        assert await created(request_class(flavour), flavour, data) == (None, None)


@both
async def test_create_leaves_what_has_no_length_in_the_stream(flavour):
    request, rest = await created(request_class(flavour), flavour, b"POST / HTTP/1.0\n\n" + b"x" * 1000)
    assert (request.body, rest) == (b"", b"x" * 1000)
    request, rest = await created(request_class(flavour), flavour, b"POST / HTTP/1.0\nContent-Length: 0\n\nx")
    assert (request.body, rest) == (b"", b"")


def test_the_socket_of_a_created_request_is_what_was_given():
    create = request_class(SYNC).create
    assert create("app", io.BytesIO(b"GET / HTTP/1.0\n\n"), "addr").sock is None
    assert create("app", io.BytesIO(b"GET / HTTP/1.0\n\n"), "addr", client_sock="sock").sock == "sock"


def test_a_stream_given_to_the_constructor_is_the_stream():
    for flavour in (SYNC, ASYNCIO):
        request = request_class(flavour)("app", "addr", "POST", "/", "1.0", {}, stream="stream", sock="sock")
        assert (request.stream, request.sock) == ("stream", "sock")


@both
async def test_a_body_over_the_limit_is_refused_before_routing(flavour):
    app = flavour.app()
    with limits(max_content_length=32):
        assert (await flavour.request(app, "POST", "/nowhere", body="x" * 33)).status_code == 413
        assert (await flavour.request(app, "POST", "/nowhere", body="x" * 32)).status_code == 404


@both
async def test_a_body_too_large_for_memory_is_only_streamed(flavour):
    app = flavour.app()

    @app.post("/")
    async def index(request):
        return {"body": request.body.decode(), "stream": (await request.read()).decode()}

    with limits(max_content_length=32, max_body_length=16):
        response = await flavour.request(app, "POST", "/", body="x" * 19)
    assert response.json == {"body": "", "stream": "x" * 19}


@both
async def test_no_body_is_loaded_when_the_limit_is_zero(flavour):
    app = flavour.app()

    @app.post("/")
    async def index(request):
        return {"body": request.body.decode(), "stream": (await request.read()).decode()}

    with limits(max_body_length=0):
        response = await flavour.request(app, "POST", "/", body="abc")
    assert response.json == {"body": "", "stream": "abc"}


@both
async def test_the_line_limit_is_a_setting(flavour):
    with limits(max_readline=20):
        transport = Pieces([b"GET /" + b"x" * 30 + b" HTTP/1.1\r\nHost: a\r\n\r\n"])
        await flavour.serve(flavour.app(), transport)
    assert transport.sent.startswith(b"HTTP/1.1 414 ")


def test_the_stream_ends_with_the_body():
    stream = BodyStream(b"one\ntwo three")
    assert drive(stream.readline()) == b"one\n"
    assert drive(stream.read(3)) == b"two"
    assert drive(stream.readexactly(2)) == b" t"
    assert drive(stream.read()) == b"hree"
    assert drive(stream.read()) == b""
    assert drive(stream.read(5)) == b""


def test_the_stream_reads_up_to_a_separator():
    stream = BodyStream(b"a--b--c")
    assert drive(stream.readuntil(b"--")) == b"a--"
    assert drive(stream.readuntil(b"--")) == b"b--"
    with raises(EOFError):
        drive(stream.readuntil(b"--"))


def test_the_stream_reads_exactly_or_fails():
    with raises(EOFError):
        drive(BodyStream(b"abc").readexactly(4))


def test_the_stream_reads_into_a_buffer():
    stream = BodyStream(b"abcde")
    buffer = bytearray(3)
    assert drive(stream.readinto(buffer)) == 3
    assert bytes(buffer) == b"abc"
    assert drive(stream.readinto(buffer)) == 2
    assert drive(stream.readinto(buffer)) == 0
