"""Bodies in pieces, out and in."""

import io

from flavours import ASYNCIO, SYNC, both
from portable import MICROPYTHON, parametrize, skip
from transports import Pieces, splits

from microdot.request import Request


def app_with(flavour, handler):
    app = flavour.app()
    app.get("/")(handler)
    return app


def unchunk(data):
    """The body in a chunked response."""
    body = b""
    data = data.split(b"\r\n\r\n", 1)[1]
    while True:
        size, data = data.split(b"\r\n", 1)
        if size == b"0":
            assert data == b"\r\n"
            return body
        size = int(size, 16)
        body += data[:size]
        assert data[size : size + 2] == b"\r\n"
        data = data[size + 2 :]


async def streamed(flavour, handler):
    """The body that a client of the real connection gets."""
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(app_with(flavour, handler), transport)
    return unchunk(transport.sent)


def generate(*items):
    yield from items


class Iterable:
    def __iter__(self):
        return iter(["a", "b"])


@parametrize(
    "body, expected",
    [
        (lambda: generate("foo", b"bar", "ä"), b"foobar\xc3\xa4"),
        (lambda: iter(["foo", b"bar"]), b"foobar"),
        (lambda: Iterable(), b"ab"),
        (lambda: io.BytesIO(b"file" * 1000), b"file" * 1000),
        (lambda: io.StringIO("text"), b"text"),
        (lambda: generate("", "a", b"", "b"), b"ab"),
    ],
    ids=["generator", "iterator", "iterable", "file", "text-file", "empty-pieces"],
)
async def test_streams(body, expected):
    for flavour in (SYNC, ASYNCIO):
        assert await streamed(flavour, lambda request: body()) == expected
        assert (await flavour.get(app_with(flavour, lambda request: body()), "/")).body == expected


@both
async def test_an_empty_generator_is_an_empty_body(flavour):
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(app_with(flavour, lambda request: generate()), transport)
    # MicroPython cannot tell the generator from a coroutine that returns None
    status = b"204 No Content" if MICROPYTHON else b"200 OK"
    assert transport.sent.startswith(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n")


class AsyncItems:
    """An asynchronous iterator that notes that it was closed."""

    def __init__(self, *items):
        self.items = list(items)
        self.closed = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.items:
            raise StopAsyncIteration
        return self.items.pop(0)

    async def aclose(self):
        self.closed += 1


@both
async def test_asynchronous_iterators(flavour):
    items = AsyncItems("foo", b"bar")
    assert await streamed(flavour, lambda request: items) == b"foobar"
    assert items.closed == 1


async def test_asynchronous_iterators_that_wait():
    import asyncio

    class Slow(AsyncItems):
        async def __anext__(self):
            await asyncio.sleep(0.001)
            return await super().__anext__()

    assert await streamed(ASYNCIO, lambda request: Slow("a", "b")) == b"ab"


async def test_asynchronous_generators():
    if MICROPYTHON:
        skip("MicroPython has no asynchronous generators")
    scope = {}
    exec("async def generate():\n    yield 'foo'\n    yield b'bar'\n", scope)
    assert await streamed(ASYNCIO, lambda request: scope["generate"]()) == b"foobar"


class Closing:
    def __init__(self, items):
        self.items = items
        self.closed = 0

    def __iter__(self):
        return self

    def __next__(self):
        if not self.items:
            raise StopIteration
        item = self.items.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.closed += 1


@both
async def test_a_body_is_closed_at_its_end(flavour):
    body = Closing(["a", "b"])
    assert await streamed(flavour, lambda request: body) == b"ab"
    assert body.closed == 1


@both
async def test_a_body_is_closed_for_head(flavour):
    body = Closing(["a", "b"])
    await flavour.request(app_with(flavour, lambda request: body), "HEAD", "/")
    assert (body.closed, body.items) == (1, ["a", "b"])


@both
async def test_a_body_is_closed_when_the_client_goes_away(flavour):
    from microdot.wire import Disconnected

    class Gone(Pieces):
        async def send(self, data):
            if len(self.sends) == sends:
                raise Disconnected(104)
            await Pieces.send(self, data)

    for sends in (0, 3):
        body = Closing(["a"] * 10)
        transport = Gone([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        await flavour.serve(app_with(flavour, lambda request: body), transport)
        assert (body.closed, transport.closed) == (1, True)
        assert len(body.items) > 3


@both
async def test_a_body_that_fails_at_once_is_an_error(flavour):
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(app_with(flavour, lambda request: Closing([ValueError("no")])), transport)
    assert transport.sent.startswith(
        b"HTTP/1.1 500 Internal server error\r\n".replace(b"server error", b"Server Error")
    )


@both
async def test_a_body_that_fails_later_has_no_end(flavour):
    body = Closing(["a", "b", ValueError("no"), "c"])
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2])
    await flavour.serve(app_with(flavour, lambda request: body), transport)
    assert transport.sent.endswith(b"1\r\na\r\n1\r\nb\r\n")
    assert (body.closed, transport.closed) == (1, True)


@parametrize("body", [123, 1.5, object()], ids=["int", "float", "object"])
async def test_a_body_of_no_use_is_an_error(body):
    from microdot.response import Response

    for flavour in (SYNC, ASYNCIO):
        transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        await flavour.serve(app_with(flavour, lambda request: Response(body)), transport)
        assert transport.sent.startswith(b"HTTP/1.1 500 ")


@both
async def test_a_large_body_in_memory(flavour):
    size = 5000 if MICROPYTHON else 1000000
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    await flavour.serve(app_with(flavour, lambda request: b"x" * size), transport)
    assert len(transport.sent.split(b"\r\n\r\n", 1)[1]) == size


# request bodies


def counting_app(flavour, piece):
    """An application that reads the body in pieces and answers with their total."""
    app = flavour.app()

    @app.post("/")
    async def index(request):
        total = 0
        while True:
            data = await request.read(piece)
            if not data:
                return str(total)
            assert len(data) <= piece
            total += len(data)

    return app


@both
async def test_a_large_body_is_read_from_the_stream(flavour):
    before = Request.max_body_length
    Request.max_body_length = 1000
    try:
        response = await flavour.request(counting_app(flavour, 700), "POST", "/", body=b"x" * 9000)
    finally:
        Request.max_body_length = before
    assert response.text == "9000"


@both
async def test_the_stream_ends_with_the_body_even_if_more_follows(flavour):
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n" + b"x" * 30
    for pieces in splits(data + data):
        transport = Pieces(pieces)
        await flavour.serve(counting_app(flavour, 8), transport)
        assert transport.sent.count(b"\r\n\r\n30") == 2


@both
async def test_a_chunked_body_is_read_from_the_stream(flavour):
    before = Request.max_body_length
    Request.max_body_length = 0
    try:
        data = (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"a\r\n0123456789\r\n" * 5
            + b"0\r\n\r\n"
        )
        for pieces in splits(data):
            transport = Pieces(pieces)
            await flavour.serve(counting_app(flavour, 7), transport)
            assert transport.sent.endswith(b"\r\n\r\n50")
    finally:
        Request.max_body_length = before


def test_the_synchronous_stream_blocks():
    app = SYNC.app()

    @app.post("/")
    def index(request):
        stream = request.stream
        return stream.readline() + b"|" + stream.read(2) + b"|" + stream.read()

    assert SYNC.client(app).post("/", body=b"one\ntwo three").body == b"one\n|tw|o three"


async def test_the_asyncio_stream_is_awaited():
    app = ASYNCIO.app()

    @app.post("/")
    async def index(request):
        stream = request.stream
        return await stream.readline() + b"|" + await stream.readexactly(2) + b"|" + await stream.read()

    assert (await ASYNCIO.client(app).post("/", body=b"one\ntwo three")).body == b"one\n|tw|o three"
