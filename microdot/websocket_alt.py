"""WebSockets for the synchronous framework on MicroPython, unmasked by its native ``websocket`` module."""
import io
import struct

import websocket

from .compat import drive
from .frames import Decoder
from .websocket import WebSocket as _WebSocket
from .websocket_core import WebSocketError, upgrade, with_upgrade  # noqa: F401


def native_mask(buffer, key, start=0, phase=0):
    """Unmask ``buffer`` from ``start`` on, in place; see :func:`microdot.frames.mask`."""
    payload = memoryview(buffer)[start:]
    phase &= 3
    while payload:
        size = min(len(payload), 0xfffc)
        head = struct.pack('>BBH', 0x82, 0xfe, size) + key[phase:] + key[:phase]
        payload[:size] = websocket.websocket(io.BytesIO(head + payload[:size])).read(size)
        payload = payload[size:]


class _Decoder(Decoder):
    mask = staticmethod(native_mask)


class WebSocket(_WebSocket):
    """A WebSocket; the same as :class:`microdot.websocket.WebSocket`."""
    decoder_class = _Decoder


def _upgrade(request, **options):
    return upgrade(request, WebSocket, **options)


def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request; see :func:`microdot.websocket.websocket_upgrade`."""
    return drive(_upgrade(request, subprotocols=subprotocols, origins=origins))


with_websocket = with_upgrade(_upgrade)
