"""The test clients."""

import time

from flavours import ASYNCIO, SYNC, both
from portable import parametrize, raises

from microdot.response import Response, redirect


def mirror_app(flavour):
    """An application that answers with what it was sent."""
    app = flavour.app()

    @app.route("/<path:path>", ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
    def mirror(request, path):
        return {
            "method": request.method,
            "url": request.url,
            "version": request.http_version,
            "headers": {name.lower(): request.headers[name] for name in request.headers},
            "body": request.body.decode(),
            "addr": list(request.client_addr),
            "scheme": request.scheme,
        }

    return app


@parametrize("method", ["get", "post", "put", "patch", "delete", "query"])
async def test_a_method_for_each_method(method):
    for flavour in (SYNC, ASYNCIO):
        client = flavour.client(mirror_app(flavour))
        response = await flavour.finish(getattr(client, method)("/x?y", headers={"X-A": "b"}))
        assert (response.json["method"], response.json["url"]) == (method.upper(), "/x?y")
        assert response.json["headers"]["x-a"] == "b"


@both
async def test_what_is_sent_by_itself(flavour):
    seen = (await flavour.get(mirror_app(flavour), "/x")).json
    assert seen["headers"] == {"host": "example.com:1234"}
    assert (seen["version"], seen["addr"], seen["scheme"], seen["body"]) == ("1.0", ["127.0.0.1", 1234], "http", "")


@both
async def test_scheme_and_host_can_be_chosen(flavour):
    client = flavour.client(mirror_app(flavour), scheme="https", host="other:1")
    seen = (await flavour.finish(client.get("/x"))).json
    assert (seen["scheme"], seen["headers"]["host"]) == ("https", "other:1")
    seen = (await flavour.finish(client.get("/x", headers={"host": "mine"}))).json
    assert seen["headers"]["host"] == "mine"


@parametrize(
    "body, sent, kind",
    [
        ("ä", "ä", None),
        (b"bytes", "bytes", None),
        ({"a": 1}, '{"a":1}', "application/json"),
        ([1], "[1]", "application/json"),
        ("", "", None),
    ],
    ids=["str", "bytes", "dict", "list", "empty"],
)
async def test_bodies(body, sent, kind):
    for flavour in (SYNC, ASYNCIO):
        seen = (await flavour.request(mirror_app(flavour), "POST", "/x", body=body)).json
        assert seen["body"].replace(" ", "") == sent
        assert seen["headers"].get("content-type") == kind
        assert seen["headers"].get("content-length") == (str(len(seen["body"].encode())) if sent else None)


@both
async def test_a_type_given_is_kept(flavour):
    seen = (await flavour.request(mirror_app(flavour), "POST", "/x", {"content-type": "a/b"}, {"a": 1})).json
    assert seen["headers"]["content-type"] == "a/b"


@both
async def test_an_iterator_is_sent_in_chunks(flavour):
    seen = (await flavour.request(mirror_app(flavour), "POST", "/x", body=iter([b"one", b"two"]))).json
    assert (seen["body"], seen["version"]) == ("onetwo", "1.1")


async def response_to(flavour, value, method="GET"):
    app = flavour.app()
    app.get("/")(lambda request: value)
    return await flavour.request(app, method, "/")


@both
async def test_faces_of_a_body(flavour):
    response = await response_to(flavour, "ä")
    assert (response.body, response.text, response.json) == (b"\xc3\xa4", "ä", None)
    response = await response_to(flavour, b"\xff\xfe")
    assert (response.body, response.text, response.json) == (b"\xff\xfe", None, None)
    response = await response_to(flavour, {"a": 1})
    assert response.json == {"a": 1}


@both
async def test_reason(flavour):
    assert (await response_to(flavour, ("", 200, {}, "Fine"))).reason == "Fine"


@both
async def test_head_has_no_body(flavour):
    response = await response_to(flavour, {"a": 1}, "HEAD")
    assert (response.body, response.text, response.json) == (None, None, None)
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


@both
async def test_already_handled_is_an_empty_response(flavour):
    response = await response_to(flavour, Response.already_handled)
    assert (response.body, response.text, response.json) == (None, None, None)


def cookie_app(flavour):
    app = flavour.app()

    @app.get("/set/<name>/<value>")
    def set_cookie(request, name, value):
        response = Response("")
        response.set_cookie(
            name,
            value,
            path=request.args.get("path"),
            max_age=request.args.get("max_age", type=int),
            expires=request.args.get("expires"),
        )
        return response

    @app.get("/delete/<name>")
    def delete_cookie(request, name):
        response = Response("")
        response.delete_cookie(name, path=request.args.get("path"))
        return response

    @app.get("/<path:where>")
    def show(request, where):
        return request.cookies

    return app


@both
async def test_cookies_are_kept_and_sent(flavour):
    client = flavour.client(cookie_app(flavour), cookies={"first": "1"})
    await flavour.finish(client.get("/set/a/b"))
    assert (await flavour.finish(client.get("/x"))).json == {"first": "1", "a": "b"}
    await flavour.finish(client.get("/delete/a"))
    assert (await flavour.finish(client.get("/x"))).json == {"first": "1"}
    assert client.cookies == {"first": "1"}


@both
async def test_cookies_are_added_to_those_given(flavour):
    client = flavour.client(cookie_app(flavour), cookies={"a": "1"})
    assert (await flavour.finish(client.get("/x", headers={"Cookie": "b=2"}))).json == {"a": "1", "b": "2"}


@both
async def test_cookies_have_a_path(flavour):
    client = flavour.client(cookie_app(flavour))
    await flavour.finish(client.get("/set/a/b?path=/child"))
    assert (await flavour.finish(client.get("/x"))).json == {}
    assert (await flavour.finish(client.get("/child/foo"))).json == {"a": "b"}
    assert (await flavour.finish(client.get("/childish"))).json == {}
    await flavour.finish(client.get("/delete/a"))
    assert (await flavour.finish(client.get("/child/foo"))).json == {"a": "b"}
    await flavour.finish(client.get("/delete/a?path=/child"))
    assert (await flavour.finish(client.get("/child/foo"))).json == {}


@both
async def test_a_max_age_of_zero_deletes(flavour):
    client = flavour.client(cookie_app(flavour), cookies={"a": "1"})
    await flavour.finish(client.get("/set/a/b?max_age=0"))
    assert client.cookies == {}


@both
async def test_a_cookie_ends_when_its_max_age_has_passed(flavour):
    client = flavour.client(cookie_app(flavour))
    await flavour.finish(client.get("/set/short/1?max_age=1"))
    await flavour.finish(client.get("/set/long/2?max_age=4000000"))
    await flavour.finish(client.get("/set/renewed/3?max_age=1"))
    await flavour.finish(client.get("/set/renewed/3?max_age=60"))
    assert (await flavour.finish(client.get("/x"))).json == {"short": "1", "long": "2", "renewed": "3"}
    time.sleep(1.1)
    assert (await flavour.finish(client.get("/x"))).json == {"long": "2", "renewed": "3"}


@both
async def test_a_date_of_expiry_that_has_passed_deletes(flavour):
    client = flavour.client(cookie_app(flavour), cookies={"a": "1"})
    await flavour.finish(client.get("/set/a/2?expires=Fri,+01+Jan+2100+00:00:00+GMT"))
    assert client.cookies == {"a": "2"}
    await flavour.finish(client.get("/set/a/3?expires=Thu,+01-Jan-1970+00:00:01+GMT"))
    assert client.cookies == {}


@both
async def test_max_age_wins_over_the_date_of_expiry(flavour):
    client = flavour.client(cookie_app(flavour))
    await flavour.finish(client.get("/set/a/1?max_age=60&expires=Thu,+01+Jan+1970+00:00:01+GMT"))
    assert client.cookies == {"a": "1"}


@both
async def test_redirects_are_followed_when_asked_for(flavour):
    app = flavour.app()
    app.get("/a")(lambda request: redirect("/b"))
    app.get("/b")(lambda request: "there")
    client = flavour.client(app)
    assert (await flavour.finish(client.get("/a"))).headers["Location"] == "/b"
    assert (await flavour.finish(client.get("/a", follow_redirects=True))).text == "there"


@both
async def test_a_redirect_may_change_the_method(flavour):
    app = flavour.app()
    app.route("/<int:status>", ["POST", "PUT"])(lambda request, status: redirect("there/?a=1", status))
    app.route("/there/", ["GET", "POST", "PUT"])(
        lambda request: [request.method, request.body.decode(), request.args["a"]]
    )
    client = flavour.client(app)
    for status, seen in (
        (301, ["GET", "", "1"]),
        (303, ["GET", "", "1"]),
        (307, ["POST", "x", "1"]),
        (308, ["POST", "x", "1"]),
    ):
        response = await flavour.finish(client.post("/%d" % status, body="x", follow_redirects=True))
        assert response.json == seen, status


@both
async def test_redirects_in_a_circle_end(flavour):
    app = flavour.app()
    app.get("/a")(lambda request: redirect("/b"))
    app.get("/b")(lambda request: redirect("/a"))
    with raises(ValueError):
        await flavour.finish(flavour.client(app).get("/a", follow_redirects=True))


@both
async def test_events_of_a_stream(flavour):
    events = 'retry: 500\nevent: a\nid: 7\ndata: {"b": 1}\n\n: comment\n\ndata: two\ndata: lines\n\n'
    response = await response_to(flavour, (events, 200, {"Content-Type": "text/event-stream"}))
    assert response.events[0] == {
        "event": "a",
        "event_id": "7",
        "retry": 0.5,
        "data": b'{"b": 1}',
        "data_json": {"b": 1},
    }
    assert [event["data"] for event in response.events if event["data"]] == [b'{"b": 1}', b"two\nlines"]
    assert (await response_to(flavour, "text")).events is None


def test_pytest_does_not_collect_the_client():
    from microdot.test_client import TestClient, TestResponse

    assert (TestClient.__test__, TestResponse.__test__) == (False, False)


@both
async def test_a_response_that_cannot_be_sent_is_an_error(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("", 200, {"X-A": "b\r\nSet-Cookie: c=d", "Set-Cookie": "a=b"}))
    client = flavour.client(app)
    response = await flavour.finish(client.get("/"))
    assert (response.status_code, client.cookies) == (500, {})
