"""WebSockets for the synchronous framework on MicroPython, unmasked by its native ``websocket`` module."""
import io

from websocket import websocket

from .frames import Decoder
from .websocket import WebSocket as _WebSocket, WebSocketError, with_upgrade  # noqa: F401


def native_mask(data, key):
    """Unmask bytes in place; see :func:`microdot.frames.mask`."""
    data = memoryview(data)
    while data:
        size = min(len(data), 0xfffc)
        head = b'\x82\xfe' + size.to_bytes(2, 'big') + key
        data[:size] = websocket(io.BytesIO(head + data[:size])).read(size)
        data = data[size:]


class _Decoder(Decoder):
    mask = staticmethod(native_mask)


class WebSocket(_WebSocket):
    """A WebSocket; the same as :class:`microdot.websocket.WebSocket`."""
    decoder_class = _Decoder


def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request; see :func:`microdot.websocket.websocket_upgrade`."""
    return request.app.face(WebSocket.upgrade(request, subprotocols, origins))


with_websocket = with_upgrade(WebSocket.upgrade)
