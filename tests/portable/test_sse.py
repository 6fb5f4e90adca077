"""Server-Sent Events in both flavours: the bytes of events, and the life of the stream."""

from flavours import both
from microdot.compat import drive
from microdot.sse import encode_event, sse_response, with_sse
from microdot.wire import Disconnected
from portable import parametrize, raises
from transports import Pieces


def app_with(flavour, events):
    """An app whose route /events/<name> sends what events(sse, name) yields: arguments of send()."""
    app = flavour.app()
    if flavour.is_async:

        async def handler(request, sse, name):
            sse.request = request
            for args, kwargs in events(sse, name):
                await sse.send(*args, **kwargs)
    else:

        def handler(request, sse, name):
            sse.request = request
            for args, kwargs in events(sse, name):
                sse.send(*args, **kwargs)

    app.get('/events/<name>')(with_sse(handler))
    return app


def event(*args, **kwargs):
    return args, kwargs


@parametrize(
    'args, text',
    (
        (event('foo'), 'data: foo\n\n'),
        (event('foo', event='bar'), 'event: bar\ndata: foo\n\n'),
        (event('foo', 'bar', 'id'), 'event: bar\nid: id\ndata: foo\n\n'),
        (event('foo', event_id=12), 'id: 12\ndata: foo\n\n'),
        (event('foo', retry=2.5, event='e', event_id='i'), 'retry: 2500\nevent: e\nid: i\ndata: foo\n\n'),
        (event(b'bytes \xe2\x82\xac'), 'data: bytes \u20ac\n\n'),
        (event({'a': 1}), 'data: {"a": 1}\n\n'),
        (event([1, 2]), 'data: [1, 2]\n\n'),
        (event(42), 'data: 42\n\n'),
        (event(None), 'data: None\n\n'),
        (event(''), 'data: \n\n'),
        (event('one\ntwo'), 'data: one\ndata: two\n\n'),
        (event('one\r\ntwo\rthree\n'), 'data: one\ndata: two\ndata: three\ndata: \n\n'),
        (event('data: x\n\nevent: y'), 'data: data: x\ndata: \ndata: event: y\n\n'),
        (event('note', comment=True), ': note\n\n'),
        (event('two\nnotes', comment=True), ': two\n: notes\n\n'),
    ),
)
def test_event_on_the_wire(args, text):
    assert encode_event(*args[0], **args[1]) == text


@parametrize('kwargs', ({'event': 'a\nb'}, {'event': 'a\r'}, {'event_id': 'a\nb'}, {'event_id': '\0'}))
def test_line_breaks_in_type_and_id_are_refused(kwargs):
    with raises(ValueError):
        encode_event('x', **kwargs)


@both
async def test_events_reach_the_client(flavour):
    def events(sse, name):
        yield event('hello ' + name)
        yield event({'n': 1}, event='json', event_id='5', retry=3)
        yield event('ignored', comment=True)
        yield event('two\nlines')

    res = await flavour.get(app_with(flavour, events), '/events/joe')
    assert res.status_code == 200
    assert res.headers['Content-Type'] == 'text/event-stream'
    assert res.headers['Cache-Control'] == 'no-cache'
    assert 'Content-Length' not in res.headers
    assert [
        (item['data'], item['event'], item['event_id'], item['retry'], item['data_json']) for item in res.events
    ] == [
        (b'hello joe', None, None, None, None),
        (b'{"n": 1}', 'json', '5', 3, {'n': 1}),
        (b'two\nlines', None, None, None, None),
    ]


@both
async def test_last_event_id(flavour):
    def events(sse, name):
        yield event(str(sse.last_event_id))

    app = app_with(flavour, events)
    assert (await flavour.get(app, '/events/x')).events[0]['data'] == b'None'
    assert (await flavour.get(app, '/events/x', {'Last-Event-ID': '17'})).events[0]['data'] == b'17'


@both
async def test_response_made_by_hand(flavour):
    app = flavour.app()

    @app.get('/')
    def index(request):
        if flavour.is_async:

            async def events(request, sse, a, b):
                await sse.send(a + b)
        else:

            def events(request, sse, a, b):
                sse.send(a + b)

        return sse_response(request, events, 1, b=2)

    assert (await flavour.get(app, '/')).events[0]['data'] == b'3'


@both
async def test_hooks_and_head(flavour):
    calls = []

    def events(sse, name):
        calls.append(name)
        yield event('x')

    app = app_with(flavour, events)

    @app.after_request
    def mark(request, response):
        response.headers['X-Mark'] = 'x'

    res = await flavour.request(app, 'HEAD', '/events/x')
    assert res.headers['X-Mark'] == 'x' and res.headers['Content-Type'] == 'text/event-stream'
    assert calls == []
    assert (await flavour.get(app, '/events/x')).headers['X-Mark'] == 'x'


GET = b'GET /events/x HTTP/1.1\r\nHost: x\r\n\r\n'


@both
async def test_each_event_leaves_by_itself_as_a_chunk(flavour):
    def events(sse, name):
        yield event('one')
        yield event('two')

    transport = Pieces([GET])
    await flavour.serve(app_with(flavour, events), transport)
    assert b'Transfer-Encoding: chunked\r\n' in transport.sends[0]
    assert transport.sends[0].endswith(b'\r\n\r\n')
    assert transport.sends[1:] == [b'b\r\ndata: one\n\n\r\n', b'b\r\ndata: two\n\n\r\n', b'0\r\n\r\n']


@both
async def test_http_1_0_client_gets_events_until_the_connection_ends(flavour):
    def events(sse, name):
        yield event('one')

    transport = Pieces([b'GET /events/x HTTP/1.0\r\n\r\n'])
    await flavour.serve(app_with(flavour, events), transport)
    assert transport.sends[1:] == [b'data: one\n\n']
    assert transport.closed


class Vanishing(Pieces):
    async def send(self, data):
        if len(self.sends) == 3:
            raise Disconnected()
        await super().send(data)


@both
async def test_send_raises_when_the_client_is_gone(flavour):
    seen = []

    def events(sse, name):
        try:
            for i in range(100):
                yield event(i)
                seen.append(i)
        finally:
            seen.append('cleaned up')

    app = app_with(flavour, events)
    transport = Vanishing([GET])
    await flavour.serve(app, transport)
    assert seen[:2] == [0, 1] and len(seen) <= 3
    assert len(transport.sends) == 3 and transport.closed


@both
async def test_exception_of_the_function_ends_the_stream_without_its_last_chunk(flavour):
    def events(sse, name):
        yield event('one')
        raise ZeroDivisionError('a test of an error among events')

    transport = Pieces([GET])
    await flavour.serve(app_with(flavour, events), transport)
    assert transport.sends[-1] == b'b\r\ndata: one\n\n\r\n'
    assert transport.closed


def test_heartbeat_is_a_comment():
    from microdot.sse import SSE

    class Lock:
        async def __aenter__(self):
            pass

        async def __aexit__(self, *args):
            pass

    class Request:
        headers = {}

        class app:
            lock = Lock
            face = staticmethod(drive)

            @staticmethod
            async def invoke(f, *args):
                await f(*args)

    sent = []

    async def send(data):
        sent.append(data)

    async def events(request, sse):
        await sse.heartbeat()
        sse.send('x')

    sse = SSE(Request, events)
    sse.heartbeat_ms = 0
    drive(sse.write_to(send))
    assert sent == [b':\n\n', b'data: x\n\n']
