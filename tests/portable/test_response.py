import io

from flavours import ASYNCIO, SYNC, both
from portable import MICROPYTHON, parametrize, raises, skip, write_file
from transports import without_date

from microdot.response import Response, redirect, send_file

TEXT = "text/plain; charset=UTF-8"


def written(response):
    """The bytes that `Response.write` makes, outside of any server."""
    stream = io.BytesIO()
    response.write(stream)
    return without_date(stream.getvalue())


def test_canonical_example():
    assert written(Response("foo")) == (
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nfoo"
    )


@parametrize(
    "body", [b"foo", "foo", bytearray(b"foo"), memoryview(b"foo")], ids=["bytes", "str", "bytearray", "memoryview"]
)
def test_bodies_in_memory_have_a_length(body):
    assert written(Response(body)).startswith(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n")
    assert written(Response(body)).endswith(b"\r\n\r\nfoo")


def test_text_is_utf8():
    assert Response("ä€").body == b"\xc3\xa4\xe2\x82\xac"


def test_empty_body_has_a_length_of_zero():
    assert b"\r\nContent-Length: 0\r\n" in written(Response())
    assert written(Response("")).endswith(b"\r\n\r\n")


@parametrize("value, text", [({"a": 1}, b'{"a": 1}'), ([], b"[]"), ({}, b"{}")], ids=["dict", "list", "empty"])
def test_json_body(value, text):
    response = Response(value)
    assert response.body.replace(b" ", b"") == text.replace(b" ", b"")
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_json_type_is_forced():
    response = Response({}, headers={"content-type": "text/html"})
    assert response.headers == {"content-type": "application/json; charset=UTF-8"}


def test_none_is_no_content():
    assert (Response(None).status_code, Response(None).body) == (204, b"")
    assert written(Response(None)).startswith(b"HTTP/1.0 204 No Content\r\nContent-Length: 0\r\n")


def test_none_with_another_status_keeps_it():
    response = Response(None, 202)
    assert (response.status_code, response.body) == (202, None)
    assert b"Content-Length" not in written(response)


def test_a_number_is_stored_as_it_is():
    assert Response(123).body == 123


def test_reason():
    assert written(Response("", 404)).startswith(b"HTTP/1.0 404 Not Found\r\n")
    assert written(Response("", 200, reason="All Right")).startswith(b"HTTP/1.0 200 All Right\r\n")
    assert written(Response("", 404, reason="Gone Fishing")).startswith(b"HTTP/1.0 404 Gone Fishing\r\n")
    assert written(Response("", 299)).startswith(b"HTTP/1.0 299 N/A\r\n")


def test_explicit_length_is_honoured():
    assert written(Response(b"foo", headers={"Content-Length": "2"})).count(b"Content-Length: 2\r\n") == 1


def test_headers_without_case():
    response = Response("", headers={"X-Foo": "1"})
    assert response.headers["x-foo"] == "1"
    response.headers["X-FOO"] = "2"
    assert b"X-Foo: 2\r\n" in written(response)


def test_list_values_give_a_field_each():
    assert b"X: a\r\nX: b\r\n" in written(Response("", headers={"X": ["a", "b"]}))


@parametrize(
    "name, value",
    [("X", "a\r\nSet-Cookie: b"), ("X", "a\nb"), ("X", "a\rb"), ("X\nY", "a")],
    ids=["crlf", "lf", "cr", "name"],
)
def test_header_injection_fails(name, value):
    with raises(ValueError):
        written(Response("", headers={name: value}))


def test_default_content_type():
    class HtmlResponse(Response):
        default_content_type = "text/html"

    class LatinResponse(Response):
        default_content_type = "text/html; charset=ISO-8859-1"

    assert b"Content-Type: text/html; charset=UTF-8\r\n" in written(HtmlResponse("x"))
    assert b"Content-Type: text/html; charset=ISO-8859-1\r\n" in written(LatinResponse("x"))


def test_complete_fills_what_is_missing():
    response = Response("foo", headers={"X": "1"})
    response.complete()
    assert response.headers == {"X": "1", "Content-Length": "3", "Content-Type": TEXT}


@parametrize(
    "kwargs, cookie",
    [
        ({}, "a=b"),
        ({"path": "/s"}, "a=b; Path=/s"),
        ({"domain": "d.e"}, "a=b; Domain=d.e"),
        ({"expires": "Tue, 05 Nov 2019 02:23:54 GMT"}, "a=b; Expires=Tue, 05 Nov 2019 02:23:54 GMT"),
        ({"max_age": 12}, "a=b; Max-Age=12"),
        ({"max_age": "12"}, "a=b; Max-Age=12"),
        ({"max_age": 0}, "a=b; Max-Age=0"),
        ({"secure": True}, "a=b; Secure"),
        ({"http_only": True}, "a=b; HttpOnly"),
        ({"partitioned": True}, "a=b; Partitioned"),
        ({"same_site": "Lax"}, "a=b; SameSite=Lax"),
        (
            {"path": "/", "domain": "d", "expires": "x", "max_age": 1, "secure": True, "http_only": True},
            "a=b; Path=/; Domain=d; Expires=x; Max-Age=1; Secure; HttpOnly",
        ),
    ],
    ids=[
        "plain",
        "path",
        "domain",
        "expires",
        "max_age",
        "max_age-str",
        "max_age-0",
        "secure",
        "http_only",
        "partitioned",
        "same_site",
        "all",
    ],
)
def test_set_cookie(kwargs, cookie):
    response = Response()
    response.set_cookie("a", "b", **kwargs)
    assert response.headers["Set-Cookie"] == [cookie]


def test_cookies_add_up():
    response = Response("", headers={"Set-Cookie": "first=1"})
    response.set_cookie("a", "1")
    response.set_cookie("b", 2)
    assert response.headers["Set-Cookie"] == ["first=1", "a=1", "b=2"]
    assert written(response).count(b"Set-Cookie: ") == 3


def test_expires_may_be_a_datetime():
    if MICROPYTHON:
        skip("MicroPython has no datetime")
    from datetime import datetime

    response = Response()
    response.set_cookie("a", "b", expires=datetime(2019, 11, 5, 2, 23, 54))
    assert response.headers["Set-Cookie"] == ["a=b; Expires=Tue, 05 Nov 2019 02:23:54 GMT"]


@parametrize(
    "args, kwargs",
    [
        (("a", "b; Path=/"), {}),
        (("a", "b\r\nX: y"), {}),
        (("a\n", "b"), {}),
        (("a", "b"), {"path": "/\r\nX: y"}),
        (("a", "b"), {"path": "/; HttpOnly"}),
        (("a", "b"), {"domain": "d\nX: y"}),
        (("a", "b"), {"domain": "d; Secure"}),
        (("a", "b"), {"expires": "x\ry"}),
        (("a", "b"), {"same_site": "Lax; Secure"}),
    ],
    ids=["value", "value-crlf", "name", "path-crlf", "path", "domain-lf", "domain", "expires", "same_site"],
)
def test_cookie_injection_fails(args, kwargs):
    response = Response()
    with raises(ValueError):
        response.set_cookie(*args, **kwargs)
    assert "Set-Cookie" not in response.headers


@parametrize("kwargs, where", [({}, ""), ({"path": "/s"}, "; Path=/s")], ids=["root", "path"])
def test_delete_cookie(kwargs, where):
    response = Response()
    response.delete_cookie("a", max_age=5, **kwargs)
    assert response.headers["Set-Cookie"] == ["a=" + where + "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"]


def test_redirect():
    response = redirect("/foo?a=b")
    assert (response.status_code, response.headers["Location"]) == (302, "/foo?a=b")
    assert Response.redirect("/foo", 301).status_code == 301


@parametrize("location", ["/a\r\nX: y", "/a\nb", "/a\rb"], ids=["crlf", "lf", "cr"])
def test_redirect_injection_fails(location):
    with raises(ValueError):
        redirect(location)


@parametrize(
    "name, kind",
    [
        ("a.txt", "text/plain"),
        ("a.css", "text/css"),
        ("a.gif", "image/gif"),
        ("a.html", "text/html"),
        ("a.jpg", "image/jpeg"),
        ("a.js", "application/javascript"),
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.b.HTML", "text/html"),
        ("a.xyz", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_type_of_a_file(name, kind):
    assert send_file(name, stream=io.BytesIO(b"x")).headers["Content-Type"] == kind


def test_type_of_a_file_can_be_given():
    assert send_file("a.txt", content_type="text/x", stream=io.BytesIO(b"x")).headers["Content-Type"] == "text/x"


@parametrize(
    "name, compressed, kind, coding",
    [
        ("a.txt", True, "text/plain", "gzip"),
        ("a.txt.gz", True, "text/plain", "gzip"),
        ("a.txt.gz", False, "application/octet-stream", None),
        ("a.txt", "br", "text/plain", "br"),
    ],
    ids=["gzip", "extension", "as-is", "named"],
)
def test_compressed_file(name, compressed, kind, coding):
    headers = send_file(name, compressed=compressed, stream=io.BytesIO(b"x")).headers
    assert headers["Content-Type"] == kind
    assert headers.get("Content-Encoding") == coding


def test_max_age_of_a_file():
    class Aged(Response):
        default_send_file_max_age = 5

    assert "Cache-Control" not in send_file("a.txt", stream=io.BytesIO()).headers
    assert send_file("a.txt", stream=io.BytesIO(), max_age=0).headers["Cache-Control"] == "max-age=0"
    assert Aged.send_file("a.txt", stream=io.BytesIO()).headers["Cache-Control"] == "max-age=5"
    assert Aged.send_file("a.txt", stream=io.BytesIO(), max_age=7).headers["Cache-Control"] == "max-age=7"


def test_a_file_is_sent():
    path = write_file("hello.txt", b"hello")
    assert written(send_file(path)).endswith(b"\r\n\r\nhello")
    assert b"Content-Length: 5\r\n" in written(send_file(path))


def test_a_file_name_can_be_extended():
    path = write_file("hello.css.gz", b"zipped")
    response = send_file(path[:-3], compressed=True, file_extension=".gz")
    assert response.headers["Content-Type"] == "text/css"
    assert written(response).endswith(b"zipped")


@parametrize("size", [1, 2, 3, 4, 100])
def test_a_file_is_sent_in_pieces_of_any_size(size):
    class Small(Response):
        send_file_buffer_size = size

    assert written(Small.send_file("a", stream=io.BytesIO(b"foo bar"))).endswith(b"\r\n\r\nfoo bar")


def handler_app(flavour, handler):
    app = flavour.app()
    app.get("/")(handler)
    return app


@both
async def test_a_missing_file_is_not_found(flavour):
    response = await flavour.get(handler_app(flavour, lambda request: send_file("/no/such/file.txt")), "/")
    assert response.status_code == 404


@both
async def test_a_folder_is_not_found(flavour):
    response = await flavour.get(handler_app(flavour, lambda request: send_file("/")), "/")
    assert response.status_code == 404


DATA = b"0123456789"


def file_app(flavour):
    path = write_file("digits.txt", DATA)
    return handler_app(flavour, lambda request: send_file(path))


@both
async def test_a_file_has_a_length_an_etag_and_a_date(flavour):
    headers = (await flavour.get(file_app(flavour), "/")).headers
    assert headers["Content-Length"] == "10"
    assert headers["ETag"][:1] == '"'
    assert headers["Last-Modified"].endswith(" GMT")
    assert headers["Accept-Ranges"] == "bytes"


@both
async def test_an_unchanged_file_is_not_sent_again(flavour):
    app = file_app(flavour)
    headers = (await flavour.get(app, "/")).headers
    for asked in (
        {"If-None-Match": headers["ETag"]},
        {"If-None-Match": '"other", W/' + headers["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": headers["Last-Modified"]},
    ):
        response = await flavour.get(app, "/", asked)
        assert (response.status_code, response.body) == (304, b"")
        assert response.headers["ETag"] == headers["ETag"]


@both
async def test_a_changed_file_is_sent(flavour):
    app = file_app(flavour)
    for asked in (
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:01 GMT"},
        {"If-Modified-Since": "no date"},
    ):
        assert (await flavour.get(app, "/", asked)).body == DATA


@parametrize(
    "asked, body, content_range",
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", DATA, "bytes 0-9/10"),
    ],
)
async def test_a_range_of_a_file(asked, body, content_range):
    for flavour in (SYNC, ASYNCIO):
        response = await flavour.get(file_app(flavour), "/", {"Range": asked})
        assert (response.status_code, response.body) == (206, body)
        assert response.headers["Content-Range"] == content_range
        assert response.headers["Content-Length"] == str(len(body))


@parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
async def test_a_range_outside_of_the_file(asked):
    response = await SYNC.get(file_app(SYNC), "/", {"Range": asked})
    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */10")


@parametrize("asked", ["lines=1-2", "bytes=4-2", "bytes=a-b", "bytes=1-2,4-5", "bytes", "bytes=-"])
async def test_a_range_that_makes_no_sense_is_ignored(asked):
    response = await SYNC.get(file_app(SYNC), "/", {"Range": asked})
    assert (response.status_code, response.body) == (200, DATA)


@both
async def test_a_range_of_another_version_is_the_whole_file(flavour):
    app = file_app(flavour)
    tag = (await flavour.get(app, "/")).headers["ETag"]
    assert (await flavour.get(app, "/", {"Range": "bytes=1-2", "If-Range": tag})).status_code == 206
    assert (await flavour.get(app, "/", {"Range": "bytes=1-2", "If-Range": '"x"'})).body == DATA


class File:
    """A file that knows whether it was closed."""

    was_closed = False

    def read(self, n=-1):
        return b"x"

    def close(self):
        self.was_closed = True


@both
async def test_head_of_a_file_closes_it(flavour):
    file = File()
    app = handler_app(flavour, lambda request: send_file("a.txt", stream=file))
    response = await flavour.request(app, "HEAD", "/")
    assert response.status_code == 200
    assert file.was_closed


def test_an_answer_to_head_closes_the_file_outside_of_a_server_too():
    for use in (written, lambda response: b"".join(response.body_iter())):
        response = send_file("a.txt", stream=File())
        response.is_head = True
        assert not use(response).endswith(b"x")
        assert response.body.was_closed
