"""WebSockets over MicroPython's native module: the same as the others, unmasked in another way."""

from microdot.frames import CLOSE, TEXT, encode, encode_close, mask
from portable import MICROPYTHON, skip
from test_websocket import HANDSHAKE, events_of
from flavours import SYNC
from transports import Pieces, splits


def extension():
    if not MICROPYTHON:
        skip('CPython has no native websocket module')
    try:
        import websocket
    except ImportError:
        skip('this firmware has no native websocket module')
    assert hasattr(websocket, 'websocket')
    import microdot.websocket_alt as websocket_alt

    return websocket_alt


def test_native_mask_is_the_mask():
    native_mask = extension().native_mask
    for size in (0, 1, 4, 5, 125, 126, 600):
        for start in (0, 3):
            ours = bytearray(i & 255 for i in range(start + size))
            native = bytearray(ours)
            mask(memoryview(ours)[start:], b'\x01\x82\xf3\xe4')
            native_mask(memoryview(native)[start:], b'\x01\x82\xf3\xe4')
            assert native == ours


async def test_echo():
    with_websocket = extension().with_websocket
    app = SYNC.app()

    @app.route('/echo')
    @with_websocket
    def echo(request, ws):
        while True:
            ws.send(ws.receive())

    data = b''.join(
        [
            encode(TEXT, b'He', False, b'abcd'),
            encode(0, b'llo', key=b'1234'),
            encode(CLOSE, encode_close(4000, 'bye'), key=b'abcd'),
        ]
    )
    for pieces in splits(data):
        transport = Pieces([HANDSHAKE + b'\r\n'] + pieces)
        await SYNC.serve(app, transport)
        assert events_of(transport.sent)[1] == [(TEXT, 'Hello'), (CLOSE, (4000, 'bye'))]


async def test_upgrade_inside_a_plain_route():
    websocket_upgrade = extension().websocket_upgrade
    app = SYNC.app()

    @app.route('/echo')
    def handler(request):
        ws = websocket_upgrade(request)
        ws.send(str(type(ws.receive())))

    transport = Pieces([HANDSHAKE + b'\r\n', encode(2, b'x', key=b'abcd')])
    await SYNC.serve(app, transport)
    assert events_of(transport.sent)[1] == [(TEXT, str(bytes)), (CLOSE, (1000, ''))]
