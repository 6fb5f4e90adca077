"""HTTP/1.1 on the wire: golden bytes, and requests fed whole, byte by byte and in random pieces."""

from flavours import ASYNCIO, SYNC, both, limits
from malformed import ACCEPTED, REJECTED, UNFINISHED
from portable import parametrize, raises
from transports import Pieces, splits

from microdot.response import Response
from microdot.wire import Disconnected

HEAD = "Content-Type: text/plain; charset=UTF-8\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nok"


def echo_app(flavour):
    app = flavour.app()

    @app.route("/", methods=["GET", "POST"])
    def index(request):
        return request.body or "ok"

    return app


async def serve(flavour, app, data):
    transport = Pieces([data])
    await flavour.serve(app, transport)
    return transport


@both
async def test_golden_bytes_of_a_simple_answer(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.sent == OK
    assert transport.closed


@both
async def test_head_and_small_body_leave_in_one_send(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(transport.sends) == 1


def field_names(transport):
    head = b"".join(transport.sends).split(b"\r\n\r\n")[0]
    return [line.split(b":")[0] for line in head.split(b"\r\n")[1:]]


@both
async def test_date_of_the_application_is_the_only_one(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("ok", {"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert field_names(transport) == [b"Date", b"Content-Length", b"Content-Type"]


@both
async def test_date_is_the_only_field_added(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    names = field_names(transport)
    assert [name for name in names if name != b"Date"] == [b"Content-Length", b"Content-Type"]


@both
async def test_http_1_0_is_answered_and_closed(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n")
    assert transport.sent == b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n" + HEAD.encode() + b"\r\nok"


@both
async def test_http_1_0_is_kept_when_asked_for(flavour):
    request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    transport = await serve(flavour, echo_app(flavour), request + request)
    assert transport.sent.count(b"HTTP/1.0 200 OK\r\n") == 2
    assert transport.sent.count(b"Connection: keep-alive\r\n") == 2


@both
async def test_connection_close_is_honoured_and_sent(flavour):
    for fields in (b"Connection: foo, Close\r\n", b"Connection: close\r\nConnection: keep-alive\r\n"):
        data = b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        transport = await serve(flavour, echo_app(flavour), data)
        assert transport.sent.count(b"HTTP/1.1 200 OK") == 1
        assert b"Connection: close\r\n" in transport.sent


@both
async def test_a_handler_can_close_the_connection(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("bye", {"Connection": "close"}))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert transport.sent.count(b"HTTP/1.1 200 OK") == 1


@both
async def test_pipelined_requests_may_have_more_lines_than_one_may(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n" * 60)
    # one by one: joined they are more than fits between what is left in a small heap
    assert sum(data.count(b"HTTP/1.1 200 OK\r\n") for data in transport.sends) == 60


@both
async def test_body_may_end_like_a_head_and_have_many_lines(flavour):
    body = b"\n" * 150 + b"\r\n\r\n"
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    transport = await serve(flavour, echo_app(flavour), data)
    assert transport.sent.endswith(b"\r\n\r\n" + body)


@both
async def test_the_same_fields_are_judged_by_the_version_of_each_request(flavour):
    app = echo_app(flavour)
    for version, status in ((b"1.0", b"200"), (b"1.1", b"400"), (b"1.0", b"200")):
        transport = await serve(flavour, app, b"GET / HTTP/" + version + b"\r\nX: 1\r\n\r\n")
        assert transport.sent.startswith(b"HTTP/" + (b"1.1" if status == b"400" else version) + b" " + status)


@both
async def test_the_same_fields_frame_other_bodies(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    transport = await serve(flavour, echo_app(flavour), data + b"hi" + data + b"ho")
    assert transport.sent.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert b"\r\n\r\nhiHTTP" in transport.sent and transport.sent.endswith(b"\r\n\r\nho")


@both
async def test_pipelined_requests_are_answered_in_order(flavour):
    app = flavour.app()
    app.get("/<n>")(lambda request, n: n)
    app.post("/<n>")(lambda request, n: n + request.body.decode())
    data = (
        b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz"
        b"GET /c HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    for pieces in splits(data):
        transport = Pieces(pieces)
        await flavour.serve(app, transport)
        bodies = [part.split(b"\r\n\r\n", 1)[1] for part in transport.sent.split(b"HTTP/1.1 200 OK")[1:]]
        assert bodies == [b"a", b"bxyz", b"c"]


@both
async def test_an_empty_line_before_the_next_request_is_ignored(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for pieces in splits(data):
        transport = Pieces(pieces)
        await flavour.serve(echo_app(flavour), transport)
        assert transport.sent.count(b"200 OK") == 2


@both
async def test_a_body_is_read_however_it_arrives(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + b"0123456789" * 30
    for pieces in splits(data):
        transport = Pieces(pieces)
        await flavour.serve(echo_app(flavour), transport)
        assert transport.sent.endswith(b"\r\n\r\n" + b"0123456789" * 30)


@both
async def test_a_client_that_sends_nothing_but_empty_lines_is_left(flavour):
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"] + [b"\r\n" * 20] * 100)
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sent == OK
    assert transport.received < 3000 and transport.closed


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@both
async def test_a_chunked_body_is_read_however_it_arrives(flavour):
    data = (
        CHUNKED
        + b"5\r\nhello\r\n00b;ext=1\r\n, big world\r\n0\r\nTrailer: x\r\n\r\n"
        + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    for pieces in splits(data):
        transport = Pieces(pieces)
        await flavour.serve(echo_app(flavour), transport)
        assert b"\r\n\r\nhello, big worldHTTP/1.1 200 OK" in transport.sent
        assert transport.sent.endswith(b"\r\n\r\nok")


@both
async def test_little_is_received_in_order_to_read_a_line(flavour):
    class Asked(Pieces):
        most = 0

        async def recv(self, n):
            if not self.sends and self.received > len(CHUNKED):
                self.most = max(self.most, n)
            return await Pieces.recv(self, n)

    transport = Asked([CHUNKED] + [b"1\r\nx\r\n"] * 100 + [b"0\r\n\r\n"])
    await flavour.serve(echo_app(flavour), transport)
    # what is behind the line has to be put back, for each line again
    assert transport.sent.endswith(b"\r\n\r\n" + b"x" * 100) and 0 < transport.most <= 1024


@parametrize(
    "body, status",
    [
        (b"x\r\n", 400),
        (b"\r\n", 400),
        (b"-1\r\n", 400),
        (b"0x5\r\nhello\r\n0\r\n\r\n", 400),
        (b"5\r\nhello!\r\n0\r\n\r\n", 400),
        (b"5\r\nhel", 400),
        (b"5\r\nhello\r\n", 400),
        (b"5\r\r\nhello\r\n0\r\n\r\n", 400),
        (b"5;a\rb\r\nhello\r\n0\r\n\r\n", 400),
        (b"5;a\nhello\r\n0\r\n\r\n", 400),
        (b"0\r\n\n\r\n", 400),
        (b"0\r\nGET / HTTP/1.1\r\n\r\n", 400),
        (b"1" * 300, 400),
        (b"fffffffff\r\n", 400),
        (b"ffffff\r\n", 413),
    ],
    ids=[
        "no-hex",
        "empty",
        "negative",
        "prefix",
        "overlong",
        "cut-off",
        "no-end",
        "cr",
        "cr-in-extension",
        "lf-in-extension",
        "lf-in-trailer",
        "no-trailer",
        "long-line",
        "huge",
        "too-large",
    ],
)
async def test_bad_chunks_are_refused(body, status):
    for pieces in splits(CHUNKED + body):
        transport = Pieces(pieces)
        await SYNC.serve(echo_app(SYNC), transport)
        assert transport.sent.startswith(b"HTTP/1.1 %d " % status)
        assert b"Connection: close\r\n" in transport.sent
        assert transport.closed


@both
async def test_what_follows_a_bad_chunk_is_no_request(flavour):
    data = CHUNKED + b"x\r\n0\r\n\r\n" + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for pieces in splits(data, 2):
        transport = Pieces(pieces)
        await flavour.serve(echo_app(flavour), transport)
        assert transport.sent.startswith(b"HTTP/1.1 400 ") and transport.sent.count(b"HTTP/1.1") == 1


@both
async def test_continue_is_sent_when_the_body_is_first_wanted(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    transport = Pieces([data, b"hi"])
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sends[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert transport.sent.endswith(b"\r\n\r\nhi")


@both
async def test_a_client_that_does_not_wait_for_continue_can_send_another_request(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    transport = Pieces([data + b"h", b"iGET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sent == OK[:-2] + b"hi" + OK


@both
async def test_continue_is_not_sent_when_the_request_is_refused(flavour):
    data = b"POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    transport = await serve(flavour, echo_app(flavour), data)
    assert transport.sent.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"100 Continue" not in transport.sent
    assert b"Connection: close\r\n" in transport.sent
    assert transport.closed


async def test_continue_is_not_sent_within_a_response():
    app = SYNC.app()

    @app.post("/")
    def index(request):
        def body():
            yield "read: "
            yield request.stream.read(2)

        return body()

    data = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with limits(max_body_length=0):
        transport = Pieces([data, b"hi"])
        await SYNC.serve(app, transport)
    assert transport.sent.endswith(b"\r\n\r\n6\r\nread: \r\n2\r\nhi\r\n0\r\n\r\n")
    assert b"Connection: close\r\n" in transport.sent and b"100 Continue" not in transport.sent


@both
async def test_continue_is_not_sent_to_http_1_0(flavour):
    data = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
    transport = await serve(flavour, echo_app(flavour), data)
    assert transport.sent.startswith(b"HTTP/1.0 200 OK\r\n")


@both
async def test_an_unread_body_is_drained_to_find_the_next_request(flavour):
    data = b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n" + b"x" * 500
    transport = await serve(flavour, echo_app(flavour), data + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.sent.endswith(OK)


@both
async def test_a_client_that_vanishes_from_an_error_handler_gets_no_other_answer(flavour):
    class Gone(Pieces):
        async def recv(self, n):
            if not self._pieces:
                raise Disconnected(104)
            return await Pieces.recv(self, n)

    app = flavour.app()

    @app.get("/fail")
    async def fail(request):
        raise KeyError("of a test")

    @app.errorhandler(404)
    @app.errorhandler(KeyError)
    async def read(request, exc=None):
        return await request.read()

    for line in (b"POST /nowhere", b"GET /fail"):
        with limits(max_body_length=0):
            transport = Gone([line + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nx"])
            await flavour.serve(app, transport)
        assert not transport.sends and transport.closed


class Endless(Pieces):
    """A client that never stops to send, and waits for an end before it reads."""

    ended = False

    def end(self):
        assert self.sends
        self.ended = True

    async def recv(self, n):
        if self._pieces:
            return await super().recv(n)
        self.received += n
        return b"x" * n


async def answer_without_end(flavour, field):
    """What a client that does not stop is answered, up to the end of the connection."""
    transport = Endless([b"POST /nowhere HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n"])
    await flavour.serve(echo_app(flavour), transport)
    assert transport.ended and transport.closed
    assert 1000000 < transport.received < 20000000
    return transport.sent


# two tests, since each takes as long as such a client is put up with
@both
async def test_client_that_does_not_stop_gets_its_answer_and_then_the_end(flavour):
    sent = await answer_without_end(flavour, b"Content-Length: 1000000000")
    assert sent.startswith(b"HTTP/1.1 413 ") and b"Connection: close\r\n" in sent


@both
async def test_client_that_does_not_stop_to_send_what_are_no_chunks_gets_its_answer_and_then_the_end(flavour):
    sent = await answer_without_end(flavour, b"Transfer-Encoding: chunked")
    assert sent.startswith(b"HTTP/1.1 404 ")
    assert b"Connection" not in sent  # that they are none is seen later


@both
async def test_what_follows_a_refused_head_is_read_before_the_connection_is_closed(flavour):
    for field, status in ((b"Transfer-Encoding: gzip", b"501"), (b"Expect: more", b"417")):
        data = b"POST / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n"
        transport = Pieces([data] + [b"x" * 1000] * 20)
        await flavour.serve(echo_app(flavour), transport)
        assert transport.sent.startswith(b"HTTP/1.1 " + status)
        assert transport.received == len(data) + 20000


@both
async def test_body_that_ends_is_read_to_its_end_before_the_connection_is_closed(flavour):
    size = 500000
    transport = Endless([b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size])
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sent.startswith(b"HTTP/1.1 413 ")
    assert size <= transport.received < size + 1000


@both
async def test_head_has_the_fields_of_get_and_no_body(flavour):
    transport = await serve(flavour, echo_app(flavour), b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.sent == OK[:-2]


@both
async def test_head_has_no_body_where_the_response_fails(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("x", {"X": "a\nb"}))
    transport = await serve(flavour, app, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.sent.startswith(b"HTTP/1.1 500 ") and transport.sent.endswith(b"\r\n\r\n")


@both
async def test_head_leaves_a_response_that_is_used_again_its_body(flavour):
    app = echo_app(flavour)
    response = Response("ok")
    app.get("/again")(lambda request: response)
    request = b" /again HTTP/1.1\r\nHost: a\r\n\r\n"
    transport = await serve(flavour, app, b"HEAD" + request + b"GET" + request)
    assert transport.sent == OK[:-2] + OK


@both
async def test_no_content_has_a_length_of_zero_and_a_type(flavour):
    app = flavour.app()
    app.get("/")(lambda request: None)
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.sent == b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n" + HEAD.encode() + b"\r\n"


@both
async def test_a_stream_of_unknown_length_is_chunked(flavour):
    app = flavour.app()
    app.get("/")(lambda request: iter(["one", b"two", "", "drei €"]))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    head, body = transport.sent.split(b"\r\n\r\n", 1)
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert body == b"3\r\none\r\n3\r\ntwo\r\n8\r\ndrei \xe2\x82\xac\r\n0\r\n\r\n"


@both
async def test_a_stream_to_http_1_0_ends_with_the_connection(flavour):
    app = flavour.app()
    app.get("/")(lambda request: iter(["one", "two"]))
    transport = await serve(flavour, app, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)
    assert transport.sent == b"HTTP/1.0 200 OK\r\n" + HEAD.encode() + b"\r\nonetwo"


@both
async def test_a_stream_with_a_length_is_not_chunked(flavour):
    app = flavour.app()
    app.get("/")(lambda request: (iter(["one", "two"]), {"Content-Length": "6"}))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert transport.sent.count(b"Content-Length: 6\r\n") == 2
    assert transport.sent.count(b"\r\n\r\nonetwo") == 2


@both
async def test_an_explicit_length_is_sent_as_it_is(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("foo", {"Content-Length": "2"}))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert b"Content-Length: 2\r\n" in transport.sent
    assert transport.sent.count(b"200 OK") == 1


@both
async def test_a_list_of_values_gives_a_field_each(flavour):
    app = flavour.app()
    app.get("/")(lambda request: ("", 200, {"X-Many": ["a", "b"], "X-Number": 3}))
    transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"X-Many: a\r\nX-Many: b\r\nX-Number: 3\r\nContent-Length: 0\r\n" in transport.sent


@parametrize(
    "headers",
    [{"X-A": "a\r\nX-B: b"}, {"X-A": "a\nb"}, {"X-A\r\nX-B": "c"}, {"X-A": ["a\rb"]}],
    ids=["value", "lf", "name", "list"],
)
async def test_a_line_break_in_a_field_becomes_an_error(headers):
    for flavour in (SYNC, ASYNCIO):
        app = flavour.app()
        app.get("/")(lambda request: ("secret", 200, headers))
        transport = await serve(flavour, app, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert transport.sent.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert b"X-A" not in transport.sent and b"secret" not in transport.sent


@parametrize("name, data, status", REJECTED, ids=[row[0] for row in REJECTED])
async def test_malformed_requests_are_answered_and_closed(name, data, status):
    for flavour in (SYNC, ASYNCIO):
        app = echo_app(flavour)
        for pieces in splits(data, 2):
            transport = Pieces(pieces)
            await flavour.serve(app, transport)
            assert transport.sent[:13] == b"HTTP/1.1 %d " % status
            assert transport.sent.count(b"HTTP/1.") == 1
            assert b"Connection: close\r\n" in transport.sent
            assert transport.closed


@parametrize("name, data, status", UNFINISHED, ids=[row[0] for row in UNFINISHED])
async def test_unfinished_requests_are_answered(name, data, status):
    for flavour in (SYNC, ASYNCIO):
        app = echo_app(flavour)
        for pieces in splits(data, 2):
            transport = Pieces(pieces)
            await flavour.serve(app, transport)
            assert transport.sent[:13] == b"HTTP/1.1 %d " % status
            assert transport.closed


@parametrize("name, data, body", ACCEPTED, ids=[row[0] for row in ACCEPTED])
async def test_tolerated_requests(name, data, body):
    for flavour in (SYNC, ASYNCIO):
        app = flavour.app()
        app.route("/", methods=["GET", "POST"])(lambda request: repr_of(request))
        for pieces in splits(data, 2):
            transport = Pieces(pieces)
            await flavour.serve(app, transport)
            assert transport.sent.split(b"\r\n\r\n", 1)[1].startswith(body)


def repr_of(request):
    args = sorted((name, values) for name, values in request.args.items())
    return "%s %s %s %s" % (request.method, args, sorted(request.cookies.items()), request.body.decode())


@both
async def test_the_empty_connection_is_answered(flavour):
    transport = await serve(flavour, echo_app(flavour), b"")
    assert transport.sent.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@both
async def test_an_error_of_the_parser_keeps_the_requests_before_it(flavour):
    transport = await serve(flavour, echo_app(flavour), b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n")
    assert transport.sent.startswith(OK)
    assert b"HTTP/1.1 400 Bad Request\r\n" in transport.sent


@both
async def test_limits_are_enforced_while_reading(flavour):
    transport = Pieces([b"GET /"] + [b"x" * 500] * 1000)
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sent.startswith(b"HTTP/1.1 414 ")
    assert transport.answered < 10000
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n"] + [b"X-Y: " + b"y" * 500 + b"\r\n"] * 1000)
    await flavour.serve(echo_app(flavour), transport)
    assert transport.sent.startswith(b"HTTP/1.1 431 ")
    assert transport.answered < 10000


@both
async def test_field_names_are_read_in_any_case(flavour):
    data = b"POST / HTTP/1.1\r\nHOST: a\r\ncontent-length: 2\r\nCONNECTION: Close\r\n\r\nhi"
    transport = await serve(flavour, echo_app(flavour), data)
    assert transport.sent.endswith(b"\r\n\r\nhi")
    assert b"Connection: close" in transport.sent


def test_reason_phrases_are_the_standard_ones():
    from microdot.wire import reason_phrase

    assert [reason_phrase(code) for code in (200, 204, 304, 404, 413, 431)] == [
        "OK",
        "No Content",
        "Not Modified",
        "Not Found",
        "Content Too Large",
        "Request Header Fields Too Large",
    ]


def test_a_head_with_a_line_break_is_not_encoded():
    with raises(ValueError):
        Response("", 200, reason="OK\r\nX: y").encode("1.1", 0)
    res = Response("", 200, {"A": "b", "Content-Type": "c"})
    assert res.encode("1.1", None) == b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Type: c\r\n\r\n"
