"""Dispatch: return values, hooks, errors."""

import asyncio

from flavours import ASYNCIO, SYNC, both
from portable import MICROPYTHON, parametrize, raises, skip
from transports import Pieces

from microdot.errors import mro
from microdot.response import Response, abort

TEXT = "text/plain; charset=UTF-8"


def app_with(flavour, handler):
    app = flavour.app()
    app.get("/")(handler)
    return app


async def result(flavour, handler):
    """Status, body and headers of what `handler` returns."""
    response = await flavour.get(app_with(flavour, handler), "/")
    return response.status_code, response.body, response.headers


@both
async def test_get(flavour):
    response = await flavour.get(app_with(flavour, lambda request: "foo"), "/")
    assert (response.status_code, response.text) == (200, "foo")
    assert response.headers == {"Content-Length": "3", "Content-Type": TEXT}


@parametrize(
    "value, status, body",
    [
        ("text", 200, b"text"),
        (b"bytes", 200, b"bytes"),
        (bytearray(b"array"), 200, b"array"),
        ("", 200, b""),
        (None, 204, b""),
        (202, 202, b""),
        (("text",), 200, b"text"),
        (("text", 201), 201, b"text"),
        ((None, 202), 202, b""),
        ((404,), 404, b""),
        (("text", 201, {"X-A": "b"}), 201, b"text"),
        (("text", {"X-A": "b"}), 200, b"text"),
        ((201, {"X-A": "b"}), 201, b""),
        (("text", 201, {"X-A": "b"}, "Well Made"), 201, b"text"),
        (({"X-A": "b"}, 201), 201, b'{"X-A": "b"}'),
    ],
    ids=[
        "str",
        "bytes",
        "bytearray",
        "empty",
        "none",
        "int",
        "body",
        "body-status",
        "none-status",
        "status",
        "body-status-headers",
        "body-headers",
        "status-headers",
        "all-four",
        "json-status",
    ],
)
async def test_what_a_handler_may_return(value, status, body):
    for flavour in (SYNC, ASYNCIO):
        response = await flavour.get(app_with(flavour, lambda request: value), "/")
        assert (response.status_code, response.body.replace(b'":"', b'": "')) == (status, body)
        if isinstance(value, tuple) and isinstance(value[-1], dict):
            assert response.headers["X-A"] == "b"
        if isinstance(value, tuple) and len(value) == 4:
            assert (response.headers["X-A"], response.reason) == ("b", "Well Made")


@both
async def test_a_handler_may_return_a_response(flavour):
    assert (await result(flavour, lambda request: Response("foo", 201)))[:2] == (201, b"foo")


@both
async def test_json_answers(flavour):
    for value in ({"a": [1, "ä"]}, [1, 2], {}):
        response = await flavour.get(app_with(flavour, lambda request: value), "/")
        assert response.json == value
        assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


@parametrize("value", [True, 1.5, ("text", "text"), object()], ids=["bool", "float", "text-text", "object"])
async def test_what_a_handler_may_not_return(value):
    for flavour in (SYNC, ASYNCIO):
        assert (await result(flavour, lambda request: value))[:2] == (500, b"Internal server error")


@parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
async def test_a_decorator_for_each_method(method):
    for flavour in (SYNC, ASYNCIO):
        app = flavour.app()
        getattr(app, method.lower())("/")(lambda request: request.method)
        assert (await flavour.request(app, method, "/")).text == method
        other = "PUT" if method == "GET" else "GET"
        assert (await flavour.request(app, other, "/")).status_code == 405


@both
async def test_route_takes_methods_in_any_case(flavour):
    app = flavour.app()
    app.route("/", methods=["get", "Post"])(lambda request: request.method)
    assert (await flavour.request(app, "POST", "/")).text == "POST"
    assert (await flavour.request(app, "get", "/")).text == "get"


@both
async def test_decorators_return_the_function_so_that_they_stack(flavour):
    app = flavour.app()

    def handler(request):
        return request.path

    assert app.get("/a")(app.post("/b")(handler)) is handler
    assert (await flavour.get(app, "/a")).text == "/a"
    assert (await flavour.request(app, "POST", "/b")).text == "/b"


@both
async def test_the_first_match_wins(flavour):
    app = flavour.app()
    app.get("/x/<a>")(lambda request, a: "dynamic " + a)
    app.get("/x/lit")(lambda request: "literal")
    assert (await flavour.get(app, "/x/lit")).text == "dynamic lit"


@both
async def test_arguments_of_the_url(flavour):
    app = flavour.app()
    app.get("/<int:n>/<path:rest>")(lambda request, n, rest: {"n": n, "rest": rest})
    assert (await flavour.get(app, "/3/a/b?x=1")).json == {"n": 3, "rest": "a/b"}


def test_a_bad_pattern_fails_when_declared():
    with raises(ValueError, "<foo"):
        SYNC.app().get("/<foo")(lambda request: "")


@both
async def test_url_map_is_public(flavour):
    app = app_with(flavour, lambda request: "")
    methods, pattern, handler, prefix, subapp = app.url_map[0]
    assert (methods, pattern.url_pattern, prefix, subapp) == (["GET"], "/", "", None)


@both
async def test_not_found(flavour):
    response = await flavour.get(app_with(flavour, lambda request: ""), "/nowhere")
    assert (response.status_code, response.text, response.headers["Content-Type"]) == (404, "Not found", TEXT)


@both
async def test_method_not_allowed_says_what_is(flavour):
    app = app_with(flavour, lambda request: "")
    app.delete("/")(lambda request: "")
    response = await flavour.request(app, "POST", "/")
    assert (response.status_code, response.text) == (405, "Not found")
    assert response.headers["Allow"] == "GET, DELETE, HEAD, OPTIONS"


@both
async def test_head_is_answered_as_get_without_the_body(flavour):
    response = await flavour.request(app_with(flavour, lambda request: "foo"), "HEAD", "/")
    assert (response.status_code, response.headers["Content-Length"], response.body) == (200, "3", None)


@both
async def test_head_of_a_path_without_get(flavour):
    app = flavour.app()
    app.post("/")(lambda request: "")
    assert (await flavour.request(app, "HEAD", "/")).status_code == 405


@both
async def test_options_is_answered_by_itself(flavour):
    app = flavour.app()
    app.get("/")(lambda request: "")
    app.route("/", methods=["DELETE", "POST"])(lambda request: "")
    response = await flavour.request(app, "OPTIONS", "/")
    assert (response.status_code, response.body) == (200, b"")
    assert response.headers["Allow"] == "GET, DELETE, POST, HEAD, OPTIONS"


@both
async def test_options_of_an_unknown_path(flavour):
    for path in ("/nowhere", "*"):
        response = await flavour.request(app_with(flavour, lambda request: ""), "OPTIONS", path)
        assert (response.status_code, response.headers["Allow"]) == (200, "OPTIONS")


@both
async def test_an_options_route_wins_over_the_automatic_answer(flavour):
    app = app_with(flavour, lambda request: "")
    app.route("/", methods=["OPTIONS"])(lambda request: "mine")
    assert (await flavour.request(app, "OPTIONS", "/")).text == "mine"


@both
async def test_options_can_be_left_to_the_routes(flavour):
    app = app_with(flavour, lambda request: "")
    app.options_handler = None
    response = await flavour.request(app, "OPTIONS", "/")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


# hooks


@both
async def test_hooks_are_public_lists(flavour):
    app = app_with(flavour, lambda request: request.g.trace)
    names = ["%s_handlers" % name for name in ("before_request", "after_request", "after_error_request", "teardown_request")]
    assert [getattr(app, name) for name in names] == [[]] * 4
    app.before_request_handlers.append(lambda request: setattr(request.g, "trace", "1"))
    app.after_request_handlers.append(lambda request, response: Response(response.body + b"2"))
    assert (await flavour.get(app, "/")).text == "12"
    assert flavour.app().before_request_handlers == []


@both
async def test_hooks_after_requests_may_add_hooks_of_the_request(flavour):
    app = app_with(flavour, lambda request: "1")

    def last(request, response):
        return Response(response.body + b"3")

    @app.after_request
    def after(request, response):
        request.after_request(last)
        return Response(response.body + b"2")

    assert (await flavour.get(app, "/")).text == "123"


@both
async def test_before_hooks_run_in_order(flavour):
    app = app_with(flavour, lambda request: request.g.trace)

    @app.before_request
    def first(request):
        request.g.trace = "1"

    @app.before_request
    def second(request):
        request.g.trace += "2"

    assert (await flavour.get(app, "/")).text == "12"


@parametrize(
    "value, status, body",
    [("no", 200, b"no"), (("no", 403), 403, b"no"), ("", 200, b""), ([], 200, b"[]")],
    ids=["text", "tuple", "empty", "list"],
)
async def test_a_before_hook_can_answer(value, status, body):
    for flavour in (SYNC, ASYNCIO):
        app = app_with(flavour, lambda request: "handler")
        app.before_request(lambda request: value)
        app.before_request(lambda request: "never asked")
        response = await flavour.get(app, "/")
        assert (response.status_code, response.body) == (status, body)


@both
async def test_after_hooks_see_what_a_before_hook_answered(flavour):
    app = app_with(flavour, lambda request: "handler")

    @app.before_request
    def before(request):
        @request.after_request
        def late(request, response):
            response.headers["X-Order"] += "2"

        return "before", 202

    @app.after_request
    def after(request, response):
        response.headers["X-Order"] = "1"

    response = await flavour.get(app, "/")
    assert (response.status_code, response.text, response.headers["X-Order"]) == (202, "before", "12")


@both
async def test_an_after_hook_can_replace_the_response(flavour):
    app = app_with(flavour, lambda request: "handler")
    app.after_request(lambda request, response: None)
    app.after_request(lambda request, response: Response(response.body + b"!", 201))
    response = await flavour.get(app, "/")
    assert (response.status_code, response.text) == (201, "handler!")


@both
async def test_hooks_run_for_matched_routes_only(flavour):
    app = app_with(flavour, lambda request: "")
    ran = []
    app.before_request(lambda request: ran.append("before"))
    app.after_request(lambda request, response: ran.append("after"))
    for method, path in (("GET", "/nowhere"), ("POST", "/"), ("OPTIONS", "/")):
        await flavour.request(app, method, path)
    assert ran == []
    await flavour.get(app, "/")
    assert ran == ["before", "after"]


@both
async def test_after_error_hooks_run_for_errors_only(flavour):
    app = app_with(flavour, lambda request: "fine")
    app.get("/abort")(lambda request: abort(418))
    app.get("/fail")(lambda request: 1 // 0)

    @app.after_error_request
    def mark(request, response):
        response.headers["X-Error"] = "yes"

    statuses = {}
    for method, path in (("GET", "/nowhere"), ("POST", "/"), ("OPTIONS", "/"), ("GET", "/abort"), ("GET", "/fail")):
        response = await flavour.request(app, method, path)
        assert (path, response.headers.get("X-Error")) == (path, "yes")
        statuses[method + path] = response.status_code
    assert statuses == {"GET/nowhere": 404, "POST/": 405, "OPTIONS/": 200, "GET/abort": 418, "GET/fail": 500}
    assert "X-Error" not in (await flavour.get(app, "/")).headers


@both
async def test_after_hooks_see_the_answers_to_errors_of_a_matched_route(flavour):
    app = app_with(flavour, lambda request: abort(404))
    app.after_request(lambda request, response: response.headers.setdefault("X-After", "yes") and None)
    assert (await flavour.get(app, "/")).headers.get("X-After") == "yes"


@both
async def test_hooks_of_one_request_do_not_outlive_it(flavour):
    app = flavour.app()

    @app.get("/")
    def index(request):
        @request.after_request
        def mark(request, response):
            response.headers["X-Mark"] = "1"

        return ""

    app.get("/other")(lambda request: "")
    assert (await flavour.get(app, "/")).headers["X-Mark"] == "1"
    assert "X-Mark" not in (await flavour.get(app, "/other")).headers


@both
async def test_an_after_hook_that_fails_is_an_error(flavour):
    app = app_with(flavour, lambda request: "fine")
    app.after_request(lambda request, response: 1 // 0)
    app.after_error_request(lambda request, response: response.headers.setdefault("X-Error", "yes") and None)
    response = await flavour.get(app, "/")
    assert (response.status_code, response.headers["X-Error"]) == (500, "yes")


@both
async def test_an_after_error_hook_that_fails_is_an_error(flavour):
    app = flavour.app()
    app.after_error_request(lambda request, response: 1 // 0)
    assert (await flavour.get(app, "/nowhere")).status_code == 500


@both
async def test_teardown_always_runs(flavour):
    app = app_with(flavour, lambda request: "fine")
    app.get("/abort")(lambda request: abort(400))
    app.get("/fail")(lambda request: 1 // 0)
    paths = []
    app.teardown_request(lambda request: 1 // 0)
    app.teardown_request(lambda request: paths.append(request.path))
    for path in ("/", "/abort", "/fail", "/nowhere"):
        await flavour.get(app, path)
    assert paths == ["/", "/abort", "/fail", "/nowhere"]


# errors


@both
async def test_abort(flavour):
    for reason, text in ((None, "406 error"), ("not like this", "not like this")):
        response = await flavour.get(app_with(flavour, lambda request: abort(406, reason)), "/")
        assert (response.status_code, response.text) == (406, text)


@both
async def test_abort_is_a_method_too(flavour):
    app = flavour.app()
    app.get("/")(lambda request: app.abort(406, "no"))
    assert (await flavour.get(app, "/")).text == "no"


@both
async def test_an_exception_is_an_internal_error(flavour):
    assert (await result(flavour, lambda request: 1 // 0))[:2] == (500, b"Internal server error")


@parametrize("code, path", [(404, "/nowhere"), (405, "/"), (413, "/"), (500, "/fail"), (418, "/abort")])
async def test_error_handlers_by_code(code, path):
    headers = {"Content-Length": "1000000"} if code == 413 else {}
    for flavour in (SYNC, ASYNCIO):
        app = app_with(flavour, lambda request: "")
        app.post("/fail")(lambda request: 1 // 0)
        app.post("/abort")(lambda request: abort(418))
        app.errorhandler(code)(lambda request: ("handled " + request.path, 299))
        response = await flavour.request(app, "POST", path, headers)
        assert (response.status_code, response.text) == (299, "handled " + path)


@parametrize("path, status", [("/", 405), ("/nowhere", 404)])
async def test_error_handlers_without_a_route_see_the_body(path, status):
    for flavour in (SYNC, ASYNCIO):
        app = app_with(flavour, lambda request: "")
        app.errorhandler(status)(lambda request: ({"json": request.json}, status))
        response = await flavour.request(app, "POST", path, {"Content-Type": "application/json"}, "[1]")
        assert (response.status_code, response.json) == (status, {"json": [1]})
        response = await flavour.request(app, "POST", path, {"Content-Length": "5"}, "cut")
        assert response.status_code == 400


@both
async def test_stop_iteration_is_an_error_like_others(flavour):
    app = app_with(flavour, lambda request: next(iter(())))
    assert (await flavour.get(app, "/")).status_code == 500


@both
async def test_a_bare_body_from_an_error_handler_is_a_success(flavour):
    app = flavour.app()
    app.errorhandler(404)(lambda request: "404")
    response = await flavour.get(app, "/nowhere")
    assert (response.status_code, response.text) == (200, "404")


@parametrize(
    "value, status, header",
    [
        (("e", 499), 499, None),
        (("e", {"X-A": "b"}), 200, "b"),
        (499, 499, None),
        (("e", 499, {"X-A": "b"}), 499, "b"),
        (None, 204, None),
    ],
    ids=["status", "headers", "int", "both", "none"],
)
async def test_error_handlers_return_what_handlers_do(value, status, header):
    for flavour in (SYNC, ASYNCIO):
        app = flavour.app()
        app.errorhandler(404)(lambda request: value)
        response = await flavour.get(app, "/nowhere")
        assert (response.status_code, response.headers.get("X-A")) == (status, header)


@both
async def test_a_malformed_request_reaches_the_handler_of_400_as_none(flavour):
    app = flavour.app()
    seen = []

    @app.errorhandler(400)
    def bad(request):
        seen.append(request)
        return "so bad", 400

    app.after_error_request(lambda request, response: seen.append(request))
    transport = Pieces([b"GARBAGE\r\n\r\n"])
    await flavour.serve(app, transport)
    assert transport.sent.endswith(b"\r\n\r\nso bad")
    assert seen == [None, None]


@both
async def test_error_handlers_by_class(flavour):
    app = app_with(flavour, lambda request: 1 // 0)
    app.errorhandler(ZeroDivisionError)(lambda request, error: (type(error).__name__, 299))
    response = await flavour.get(app, "/")
    assert (response.status_code, response.text) == (299, "ZeroDivisionError")


def fail_with_an_index_error(request):
    [][1]


@parametrize(
    "handled, expected",
    [
        ([Exception], "Exception"),
        ([Exception, LookupError], "LookupError"),
        ([LookupError, Exception], "LookupError"),
        ([IndexError, LookupError], "IndexError"),
        ([KeyError], "Internal server error"),
        ([KeyError, Exception], "Exception"),
    ],
    ids=["parent", "nearest", "nearest-first", "exact", "none-viable", "one-viable"],
)
async def test_the_nearest_class_handles(handled, expected):
    for flavour in (SYNC, ASYNCIO):
        app = app_with(flavour, fail_with_an_index_error)
        for kind in handled:
            app.errorhandler(kind)(lambda request, error, name=kind.__name__: (name, 299))
        assert (await flavour.get(app, "/")).text == expected


@both
async def test_abort_never_reaches_handlers_by_class(flavour):
    app = app_with(flavour, lambda request: abort(406, "no"))
    app.errorhandler(Exception)(lambda request, error: "wrong")
    assert (await flavour.get(app, "/")).text == "no"


@both
async def test_abort_within_an_error_handler(flavour):
    app = flavour.app()
    app.errorhandler(404)(lambda request: abort(410, "long gone"))
    app.errorhandler(410)(lambda request: ("really gone", 410))
    response = await flavour.get(app, "/nowhere")
    assert (response.status_code, response.text) == (410, "really gone")


@both
async def test_error_handlers_that_abort_each_other_end(flavour):
    app = flavour.app()
    app.errorhandler(404)(lambda request: abort(410))
    app.errorhandler(410)(lambda request: abort(404))
    assert (await flavour.get(app, "/nowhere")).status_code in (404, 410, 500)


@parametrize("code, path", [(404, "/nowhere"), (405, "/"), (418, "/abort"), (500, "/fail")])
async def test_an_error_handler_that_fails_is_an_internal_error(code, path):
    for flavour in (SYNC, ASYNCIO):
        app = app_with(flavour, lambda request: "")
        app.post("/abort")(lambda request: abort(418))
        app.post("/fail")(lambda request: 1 // 0)
        app.errorhandler(code)(lambda request: [][1])
        response = await flavour.request(app, "POST", path)
        assert (response.status_code, response.text) == (500, "Internal server error")


@both
async def test_a_class_handler_that_declines_or_fails_leaves_it_to_500(flavour):
    for handler in (lambda request, error: None, lambda request, error: [][1]):
        app = app_with(flavour, lambda request: 1 // 0)
        app.errorhandler(ZeroDivisionError)(handler)
        app.errorhandler(500)(lambda request: ("five hundred", 500))
        assert (await flavour.get(app, "/")).text == "five hundred"


def test_mro_is_like_cpython_s():
    class A:
        pass

    class B(A):
        pass

    class C(A):
        pass

    class D(B, C):
        pass

    assert [cls.__name__ for cls in mro(D)] == ["D", "B", "C", "A", "object"]


@both
async def test_already_handled_writes_nothing(flavour):
    app = app_with(flavour, lambda request: Response.already_handled)
    ran = []
    app.after_request(lambda request, response: ran.append(response))
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(app, transport)
    assert (transport.sends, transport.closed, ran) == ([], True, [])


@both
async def test_already_handled_is_not_changed_by_hooks(flavour):
    app = app_with(flavour, lambda request: Response.already_handled)
    app.after_request(lambda request, response: response.headers.setdefault("X-A", "b") and None)
    await flavour.get(app, "/")
    assert not Response.already_handled.headers_or_none


@both
async def test_already_handled_is_not_changed_by_a_failed_head(flavour):
    app = app_with(flavour, lambda request: ("x", {"X": "a\nb"}))
    app.errorhandler(ValueError)(lambda request, exc: Response.already_handled)
    await flavour.serve(app, Pieces([b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert not Response.already_handled.is_head


@both
async def test_a_logger_function_gets_a_line_for_each_request(flavour):
    lines = []
    app = app_with(flavour, lambda request: "")
    app.logger = lines.append
    await flavour.serve(app, Pieces([b"GET /?a HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert [line.split('"')[1] + line.split('"')[2] for line in lines] == [
        "GET /?a HTTP/1.1 200",
        "GET /x HTTP/1.1 404",
    ]


@both
async def test_what_is_logged_is_one_line_of_text(flavour):
    lines = []
    app = app_with(flavour, lambda request: "ok")
    app.logger = lines.append
    await flavour.serve(app, Pieces([b"GET /\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert lines[0].endswith('"GET /\\x1b[2J HTTP/1.1" 404')


@both
async def test_a_logger_object_gets_info(flavour):
    class Logger:
        lines = []

        def info(self, line):
            self.lines.append(line)

    app = app_with(flavour, lambda request: "")
    app.logger = Logger()
    await flavour.serve(app, Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert len(Logger.lines) == 1


async def test_what_waits_for_an_event_loop_fails_where_there_is_none():
    messages = []

    async def handler(request):
        try:
            await asyncio.sleep(0.01)
        except RuntimeError as error:
            messages.append(str(error))
            raise

    app = app_with(SYNC, handler)
    for _ in range(2):
        assert (await SYNC.get(app, "/")).status_code == 500
    assert len(messages) == 2
    await asyncio.sleep(0.02)  # the loop around it goes on


async def test_a_handler_that_waits_for_an_event_loop_again_is_given_up():
    async def handler(request):
        try:
            await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(0.01)

    with raises(RuntimeError):
        await SYNC.get(app_with(SYNC, handler), "/")


@both
async def test_coroutines_serve_as_handlers_and_hooks(flavour):
    app = flavour.app()

    @app.get("/")
    async def index(request):
        return request.g.before

    @app.before_request
    async def before(request):
        request.g.before = "before"

    @app.after_request
    async def after(request, response):
        response.headers["X-After"] = "yes"

    @app.errorhandler(404)
    async def missing(request):
        return "missing", 404

    @app.get("/abort")
    async def aborting(request):
        abort(418)

    @app.errorhandler(418)
    async def teapot(request):
        return "teapot", 418

    @app.get("/fail")
    async def failing(request):
        raise KeyError("x")

    @app.errorhandler(KeyError)
    async def key_error(request, error):
        return "key", 299

    response = await flavour.get(app, "/")
    assert (response.text, response.headers["X-After"]) == ("before", "yes")
    assert (await flavour.get(app, "/nowhere")).text == "missing"
    assert (await flavour.get(app, "/abort")).text == "teapot"
    assert (await flavour.get(app, "/fail")).text == "key"


@both
async def test_base_exceptions_are_not_caught(flavour):
    def leave(request):
        raise KeyboardInterrupt()

    if flavour.is_async and not MICROPYTHON:
        skip("a thread of the pool hands it to the event loop, which ends")
    with raises(KeyboardInterrupt):
        await flavour.get(app_with(flavour, leave), "/")


def test_ports_can_add_errors_of_their_own_that_say_that_a_client_went_away():
    from microdot import MUTED_SOCKET_ERRORS
    from microdot.sockets import is_disconnect

    assert is_disconnect(OSError(104)) and not is_disconnect(OSError(5))
    MUTED_SOCKET_ERRORS.append(5)
    try:
        assert is_disconnect(OSError(5))
    finally:
        MUTED_SOCKET_ERRORS.remove(5)
