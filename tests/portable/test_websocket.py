"""WebSockets in both flavours: through the test client, and as bytes on a transport."""

from array import array
from binascii import hexlify

from flavours import CLIENT, both
from microdot.compat import drive
from microdot.frames import BINARY, CLOSE, PING, PONG, TEXT, Decoder, encode, encode_close
from microdot.wire import TimedOut
from portable import parametrize, raises
from transports import Pieces, splits

KEY = b'\x01\x02\x03\x04'
HANDSHAKE = (
    b'GET /echo HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n'
    b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
)


def extension(flavour):
    if flavour.is_async:
        import microdot.asyncio.websocket as websocket
    else:
        import microdot.websocket as websocket
    return websocket


def app_with(flavour, f, **options):
    """An app whose route /echo is the coroutine function f(ws), in the flavour's own words."""
    app = flavour.app()
    with_websocket = extension(flavour).with_websocket
    decorate = with_websocket(**options) if options else with_websocket
    if flavour.is_async:

        async def handler(request, ws):
            await f(ws)
    else:

        def handler(request, ws):
            drive(f(_Awaitable(ws)))

    app.get('/echo')(decorate(handler))
    return app


class _Awaitable:
    # A synchronous WebSocket whose methods can be awaited, so that a test is written once.
    def __init__(self, ws):
        self._ws = ws

    async def receive(self):
        return self._ws.receive()

    async def send(self, *args):
        self._ws.send(*args)

    async def close(self, *args):
        self._ws.close(*args)

    def __getattr__(self, name):
        return getattr(self._ws, name)


async def echo(ws):
    while True:
        await ws.send(await ws.receive())


def masked(opcode, data=b'', fin=True):
    return encode(opcode, data, fin, KEY)


def events_of(sent):
    """The status line of the answer, and the events in what follows it."""
    head, _, rest = sent.partition(b'\r\n\r\n')
    decoder = Decoder(client=True)
    decoder.receive_data(rest)
    events = []
    event = decoder.next_event()
    while event:
        events.append(event)
        event = decoder.next_event()
    return head.split(b'\r\n')[0], events


async def talk(flavour, app, data, head=HANDSHAKE):
    """The events that the server sends when it receives data after the handshake, and the transport."""
    transport = Pieces([head + b'\r\n', data])
    await flavour.serve(app, transport)
    status, events = events_of(transport.sent)
    assert status == b'HTTP/1.1 101 Switching Protocols'
    assert transport.closed
    return events


@both
async def test_echo_keeps_type_and_size(flavour):
    messages = ['hello', b'bytes', '', b'', 'x' * 300, b'y' * 3000, '\u20ac']
    replies = []

    def client():
        for message in messages:
            replies.append((yield message))

    app = app_with(flavour, echo)
    res = await flavour.finish(flavour.client(app).websocket('/echo', client))
    assert replies == messages
    assert [type(reply) for reply in replies] == [type(message) for message in messages]
    assert res.status_code is None and res.body is None


@both
async def test_end_of_the_client_is_an_os_error_and_a_websocket_error(flavour):
    seen = []

    async def f(ws):
        assert await ws.receive() == 'one'
        try:
            await ws.receive()
        except OSError as exc:
            seen.append((exc.args[0], isinstance(exc, extension(flavour).WebSocketError), exc.code, ws.closed))
            raise

    def client():
        yield 'one'

    await flavour.finish(flavour.client(app_with(flavour, f)).websocket('/echo', client))
    assert seen == [(32, True, 1006, True)]


@both
async def test_route_arguments_follow_the_websocket(flavour):
    app = flavour.app()
    with_websocket = extension(flavour).with_websocket
    seen = []
    if flavour.is_async:

        @app.route('/<int:n>')
        @with_websocket
        async def handler(request, ws, n):
            seen.append((n, await ws.receive()))
    else:

        @app.route('/<int:n>')
        @with_websocket
        def handler(request, ws, n):
            seen.append((n, ws.receive()))

    def client():
        yield 'x'

    await flavour.finish(flavour.client(app).websocket('/7?a=b', client))
    assert seen == [(7, 'x')]


@both
async def test_upgrade_inside_a_plain_route(flavour):
    app = flavour.app()
    websocket_upgrade = extension(flavour).websocket_upgrade
    if flavour.is_async:

        @app.route('/')
        async def handler(request):
            ws = await websocket_upgrade(request)
            await ws.send(await ws.receive())
            return 'never sent'
    else:

        @app.route('/')
        def handler(request):
            ws = websocket_upgrade(request)
            ws.send(ws.receive())
            return 'never sent'

    replies = []

    def client():
        replies.append((yield 'hi'))
        replies.append((yield 'there'))

    res = await flavour.finish(flavour.client(app).websocket('/', client))
    assert replies == ['hi']
    assert res.status_code is None


@both
async def test_golden_bytes_of_a_conversation(flavour):
    transport = Pieces([HANDSHAKE + b'\r\n', masked(TEXT, b'Hello') + masked(CLOSE, b'\x03\xe8bye')])
    await flavour.serve(app_with(flavour, echo), transport)
    assert transport.sent == (
        b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
        b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
        b'\x81\x05Hello'
        b'\x88\x05\x03\xe8bye'
    )


@both
async def test_frames_in_any_pieces(flavour):
    data = masked(TEXT, b'He', False) + masked(PING, b'?') + masked(0, b'llo') + masked(CLOSE, b'\x03\xe9')
    for pieces in splits(data):
        transport = Pieces([HANDSHAKE + b'\r\n'] + pieces)
        await flavour.serve(app_with(flavour, echo), transport)
        assert events_of(transport.sent)[1] == [(PONG, b'?'), (TEXT, 'Hello'), (CLOSE, (1001, ''))]


@both
async def test_frames_that_come_with_the_handshake_are_not_lost(flavour):
    transport = Pieces([HANDSHAKE + b'\r\n' + masked(TEXT, b'early')])
    await flavour.serve(app_with(flavour, echo), transport)
    assert events_of(transport.sent)[1] == [(TEXT, 'early')]


@both
async def test_close_code_and_reason_reach_the_application_and_are_echoed(flavour):
    seen = []

    async def f(ws):
        try:
            await ws.receive()
        except OSError as exc:
            seen.append((exc.code, exc.reason, ws.close_code, ws.close_reason))

    events = await talk(flavour, app_with(flavour, f), masked(CLOSE, encode_close(4000, 'enough')))
    assert seen == [(4000, 'enough', 4000, 'enough')]
    assert events == [(CLOSE, (4000, 'enough'))]
    assert await talk(flavour, app_with(flavour, f), masked(CLOSE)) == [(CLOSE, (1005, ''))]


@both
async def test_close_by_the_application(flavour):
    async def f(ws):
        await ws.close(3001, 'done')
        assert ws.closed
        await ws.close()
        with raises(OSError):
            await ws.send('more')
        with raises(OSError):
            await ws.receive()
        codes.append(ws.close_code)

    codes = []
    for answer, code in (
        (masked(CLOSE, encode_close(3001)), 3001),
        (masked(TEXT, b'late') + masked(CLOSE), 1005),
        (b'', 1006),
    ):
        assert await talk(flavour, app_with(flavour, f), answer) == [(CLOSE, (3001, 'done'))]
        assert codes.pop() == code


@both
async def test_close_refuses_codes_and_reasons_that_cannot_be_sent(flavour):
    async def f(ws):
        for code, reason in ((1006, ''), (99, ''), (1000, 'x' * 124)):
            try:
                await ws.close(code, reason)
            except ValueError:
                refused.append(code)

    refused = []
    assert await talk(flavour, app_with(flavour, f), b'') == [(CLOSE, (1000, ''))]
    assert refused == [1006, 99, 1000]


@both
async def test_return_of_the_handler_closes_normally(flavour):
    async def f(ws):
        await ws.send('bye')

    assert await talk(flavour, app_with(flavour, f), b'') == [(TEXT, 'bye'), (CLOSE, (1000, ''))]


@both
async def test_exception_in_the_handler_closes_with_1011(flavour):
    async def f(ws):
        raise ZeroDivisionError('a test of an error in a handler')

    assert await talk(flavour, app_with(flavour, f), b'') == [(CLOSE, (1011, ''))]


@both
async def test_violations_close_with_their_code(flavour):
    async def f(ws):
        try:
            await echo(ws)
        except OSError as exc:
            errors.append(exc.code)

    errors = []
    for data, code in (
        (encode(TEXT, b'unmasked'), 1002),
        (b'\xc1\x80' + KEY, 1002),
        (masked(TEXT, b'\xff'), 1007),
        (b'\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00', 1009),
    ):
        events = await talk(flavour, app_with(flavour, f), data + masked(TEXT, b'ignored'))
        assert [(events[0][0], events[0][1][0])] == [(CLOSE, code)] and len(events) == 1
        assert errors.pop() == code


@both
async def test_message_size_limit(flavour):
    WebSocket = extension(flavour).WebSocket
    app = app_with(flavour, echo)

    class Request(app.request_class):
        pass

    app.request_class = Request
    before = WebSocket.max_message_length
    try:
        for limit, body_limit, size, ok in (
            (-1, 10, 10, True),
            (-1, 10, 11, False),
            (5, 10, 6, False),
            (0, 10, 3000, True),
        ):
            WebSocket.max_message_length, Request.max_body_length = limit, body_limit
            events = await talk(flavour, app, masked(TEXT, b'x' * size))
            assert events[0] == (TEXT, 'x' * size) if ok else events == [(CLOSE, (1009, 'message too large'))]
    finally:
        WebSocket.max_message_length = before


@both
async def test_ping_and_other_opcodes_can_be_sent(flavour):
    async def f(ws):
        await ws.send('are you there', ws.PING)
        await ws.send('text', ws.TEXT)
        await ws.send(b'bytes as text', ws.TEXT)

    events = await talk(flavour, app_with(flavour, f), masked(PONG, b'are you there'))
    assert events[:3] == [(PING, b'are you there'), (TEXT, 'text'), (TEXT, 'bytes as text')]


@both
async def test_bytes_of_every_kind_can_be_sent(flavour):
    async def f(ws):
        for data in (b'a', bytearray(b'b'), memoryview(b'c'), array('H', [0x101, 0x202])):
            await ws.send(data)
        for data in (5, {}):
            with raises(TypeError):
                await ws.send(data)

    events = await talk(flavour, app_with(flavour, f), b'')
    assert events[:4] == [(BINARY, data) for data in (b'a', b'b', b'c', b'\1\1\2\2')]
    assert events[4:] == [(CLOSE, (1000, ''))]


class Silent(Pieces):
    """A client that says nothing more once its pieces are gone: every wait for it is over at once."""

    async def recv(self, n):
        if not self._pieces:
            raise TimedOut()
        return await super().recv(n)


@both
async def test_silent_client_gets_a_ping_and_is_given_up(flavour):
    async def f(ws):
        try:
            await echo(ws)
        except OSError as exc:
            errors.append((exc.code, ws.closed))

    errors = []
    transport = Silent([HANDSHAKE + b'\r\n', masked(TEXT, b'one')])
    await flavour.serve(app_with(flavour, f), transport)
    assert events_of(transport.sent)[1] == [(TEXT, 'one'), (PING, b'')]
    assert errors == [(1006, True)]


@both
async def test_pong_keeps_a_silent_client(flavour):
    class Ponging(Silent):
        pongs = 3

        async def send(self, data):
            await super().send(data)
            if data[:1] == b'\x89' and self.pongs:
                self.pongs -= 1
                self._pieces.append(masked(PONG))

    transport = Ponging([HANDSHAKE + b'\r\n'])
    await flavour.serve(app_with(flavour, echo), transport)
    assert events_of(transport.sent)[1] == [(PING, b'')] * 4


async def refusal(flavour, head):
    """The answer to a handshake that is refused: its status, and the whole of it."""
    transport = Pieces([head + b'\r\n'])
    await flavour.serve(app_with(flavour, echo), transport)
    return transport.sent.split(b' ', 2)[1], transport.sent


@both
async def test_bad_handshakes(flavour):
    for good, bad in (
        (b'keep-alive, Upgrade', b'close'),
        (b'Connection: keep-alive, Upgrade\r\n', b''),
        (b'Upgrade: websocket', b'Upgrade: h2c'),
        (b'Upgrade: websocket\r\n', b''),
        (b'dGhlIHNhbXBsZSBub25jZQ==', b'short'),
        (b'dGhlIHNhbXBsZSBub25jZQ==', b'!' * 24),
        (b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n', b''),
        (b'HTTP/1.1', b'HTTP/1.0'),
    ):
        assert good in HANDSHAKE
        status, _ = await refusal(flavour, HANDSHAKE.replace(good, bad))
        assert status == b'400', bad


@both
async def test_other_versions_are_told_ours(flavour):
    version = b'Sec-WebSocket-Version: 13\r\n'
    for other in (b'', version.replace(b'13', b'8'), version.replace(b'13', b'8, 13')):
        status, answer = await refusal(flavour, HANDSHAKE.replace(version, other))
        assert status == b'426'
        for field in (version, b'Upgrade: websocket\r\n', b'Connection: Upgrade, close\r\n'):
            assert field in answer


@both
async def test_plain_get_is_a_bad_request(flavour):
    assert (await flavour.get(app_with(flavour, echo), '/echo')).status_code == 400


@both
async def test_origins(flavour):
    async def status_for(origin, origins):
        head = HANDSHAKE + (b'Origin: ' + origin + b'\r\n' if origin else b'')
        transport = Pieces([head + b'\r\n'])
        await flavour.serve(app_with(flavour, echo, origins=origins), transport)
        return transport.sent.split(b' ', 2)[1]

    allowed = ['https://example.com', 'http://localhost:5000']
    assert await status_for(b'https://example.com', allowed) == b'101'
    assert await status_for(b'https://example.com.evil', allowed) == b'403'
    assert await status_for(b'null', allowed) == b'403'
    assert await status_for(None, allowed) == b'101'
    assert await status_for(b'https://example.com', 'https://example.com') == b'101'
    assert await status_for(b'https://example.co', 'https://example.com') == b'403'
    assert await status_for(b'https://a.example', lambda origin: origin.endswith('.example')) == b'101'
    assert await status_for(b'https://a.evil', lambda origin: origin.endswith('.example')) == b'403'


@both
async def test_subprotocols(flavour):
    async def agreed(offer, supported):
        head = HANDSHAKE + (b'Sec-WebSocket-Protocol: ' + offer + b'\r\n' if offer else b'')
        transport = Pieces([head + b'\r\n'])
        await flavour.serve(app_with(flavour, report, subprotocols=supported), transport)
        head = transport.sent.split(b'\r\n\r\n')[0]
        header = head.partition(b'Sec-WebSocket-Protocol: ')[2].split(b'\r\n')[0].decode() or None
        assert header == events_of(transport.sent)[1][0][1] or header is None
        return header

    async def report(ws):
        await ws.send(str(ws.subprotocol))

    assert await agreed(b'chat, superchat', ['superchat', 'chat']) == 'superchat'
    assert await agreed(b'soap', ['superchat', 'chat']) is None
    assert await agreed(None, ['chat']) is None


@parametrize(
    'size, digest',
    (
        (0, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'),
        (55, '8ae2d46729cfe68ff927af5eec9c7d1b66d65ac2'),
        (56, '636e2ec698dac903498e648bd2f3af641d3c88cb'),
        (64, 'c6138d514ffa2135bfce0ed0b8fac65669917ec7'),
        (119, '41c89d06001bab4ab78736b44efe7ce18ce6ae08'),
    ),
)
def test_sha1_of_our_own(size, digest):
    from microdot.sha1 import sha1

    assert hexlify(sha1(bytes(range(size)))).decode() == digest


def test_sha1_of_the_standard():
    from microdot.sha1 import sha1

    assert sha1(b'abc') == b'\xa9\x99>6G\x06\x81j\xba>%qxP\xc2l\x9c\xd0\xd8\x9d'


@both
async def test_after_hooks_leave_no_trace_on_other_responses(flavour):
    app = app_with(flavour, echo)

    @app.after_request
    def mark(request, response):
        response.headers['X-Mark'] = 'x'

    @app.get('/plain')
    def plain(request):
        return 'ok'

    await talk(flavour, app, b'')
    from microdot.response import Response

    assert 'X-Mark' not in Response.already_handled.headers
    assert CLIENT
    assert (await flavour.get(app, '/plain')).headers['X-Mark'] == 'x'


@both
async def test_error_hooks_leave_no_trace_either(flavour):
    app = flavour.app()
    websocket_upgrade = extension(flavour).websocket_upgrade

    @app.after_error_request
    def mark(request, response):
        response.headers['X-Mark'] = 'x'

    if flavour.is_async:

        @app.get('/echo')
        async def handler(request):
            await websocket_upgrade(request)
            raise ZeroDivisionError('a test of an error after an upgrade')
    else:

        @app.get('/echo')
        def handler(request):
            websocket_upgrade(request)
            raise ZeroDivisionError('a test of an error after an upgrade')

    assert await talk(flavour, app, b'') == [(CLOSE, (1011, ''))]
    from microdot.response import Response

    assert 'X-Mark' not in Response.already_handled.headers
