"""What only the asyncio flavour does."""

import asyncio

from flavours import ASYNCIO, CLIENT
from portable import skip
from transports import Pieces

from microdot.compat import MICROPYTHON


async def test_plain_and_coroutine_handlers_mix():
    app = ASYNCIO.app()

    @app.get("/plain")
    def plain(request):
        return "plain"

    @app.get("/coroutine")
    async def coroutine(request):
        await asyncio.sleep(0)
        return "coroutine"

    assert (await ASYNCIO.get(app, "/plain")).text == "plain"
    assert (await ASYNCIO.get(app, "/coroutine")).text == "coroutine"


async def test_hooks_and_error_handlers_may_wait():
    app = ASYNCIO.app()

    @app.before_request
    async def before(request):
        await asyncio.sleep(0)
        request.g.trace = "before"

    @app.after_request
    async def after(request, response):
        await asyncio.sleep(0)
        response.headers["X-After"] = "yes"

    @app.after_error_request
    async def after_error(request, response):
        await asyncio.sleep(0)
        response.headers["X-Error"] = "yes"

    @app.teardown_request
    async def teardown(request):
        await asyncio.sleep(0)
        ended.append(request.path)

    @app.errorhandler(404)
    async def missing(request):
        await asyncio.sleep(0)
        return "missing", 404

    @app.get("/")
    async def index(request):
        await asyncio.sleep(0)
        return request.g.trace

    ended = []
    response = await ASYNCIO.get(app, "/")
    assert (response.text, response.headers["X-After"]) == ("before", "yes")
    response = await ASYNCIO.get(app, "/nowhere")
    assert (response.text, response.headers["X-Error"]) == ("missing", "yes")
    assert ended == ["/", "/nowhere"]


async def test_requests_run_side_by_side():
    app = ASYNCIO.app()
    inside = []

    @app.get("/<int:n>")
    async def wait(request, n):
        inside.append(n)
        while len(inside) < 3:
            await asyncio.sleep(0.001)
        return str(n)

    responses = await asyncio.gather(*[ASYNCIO.get(app, "/%d" % n) for n in range(3)])
    assert [response.text for response in responses] == ["0", "1", "2"]


async def test_plain_handlers_do_not_block_the_event_loop():
    if MICROPYTHON:
        skip("MicroPython runs plain handlers inline")
    import threading

    app = ASYNCIO.app()
    meeting = threading.Barrier(2)
    app.get("/")(lambda request: str(meeting.wait(5)))
    responses = await asyncio.gather(ASYNCIO.get(app, "/"), ASYNCIO.get(app, "/"))
    assert sorted(response.text for response in responses) == ["0", "1"]


async def test_request_create_reads_from_streams():
    from microdot.asyncio import Request

    class Reader:
        data = b"POST /x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"

        async def read(self, n):
            data = self.data[:n]
            self.data = self.data[n:]
            return data

    class Writer:
        pass

    reader, writer = Reader(), Writer()
    request = await Request.create("app", reader, writer, ("192.0.2.1", 5))
    assert (request.app, request.method, request.path, request.body) == ("app", "POST", "/x", b"body")
    assert request.sock == (reader, writer)
    assert request.client_addr == ("192.0.2.1", 5)


async def test_dispatch_request_makes_a_response():
    from microdot.asyncio import Request

    app = ASYNCIO.app()
    app.get("/")(lambda request: "foo")
    request = Request(app, ("192.0.2.1", 5), "GET", "/", "1.0", {})
    response = await app.dispatch_request(request)
    assert (response.status_code, response.body) == (200, b"foo")


async def test_write_awaits_awrite():
    from microdot.asyncio import Response

    class Stream:
        data = b""

        async def awrite(self, data):
            self.data += data

    stream = Stream()
    await Response("foo").write(stream)
    assert stream.data.endswith(b"\r\n\r\nfoo")


async def test_a_handler_can_talk_to_the_client_over_streams():
    from microdot.asyncio import Response

    app = ASYNCIO.app()

    @app.get("/")
    async def index(request):
        reader, writer = request.sock
        await writer.awrite(b"first ")
        writer.write(await reader.readline())
        await writer.drain()
        writer.write(await reader.readexactly(3) + await reader.read(10))
        writer.close()
        await writer.wait_closed()
        seen.append(writer.get_extra_info("peername"))
        return Response.already_handled

    seen = []
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\nli", b"ne\nabc", b"rest"])
    await ASYNCIO.serve(app, transport)
    assert (transport.sent, transport.closed, seen) == (b"first line\nabcrest", True, [CLIENT])
