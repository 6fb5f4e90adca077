"""WebSockets for the synchronous framework."""
from .compat import drive
from .websocket_core import WebSocketConnection, WebSocketError, upgrade, with_upgrade  # noqa: F401


class WebSocket(WebSocketConnection):
    """A WebSocket.

    :ivar closed: whether no more can be sent or received.
    :ivar close_code: the peer's close code once it is closed, 1006 when the peer vanished.
    :ivar close_reason: the peer's close reason.
    :ivar subprotocol: the subprotocol agreed on, ``None`` without one.
    """

    def receive(self):
        """Wait for the next message and return it: ``str`` or ``bytes``, as the peer sent it.

        Raises :class:`WebSocketError` when there will be none.
        """
        return drive(self.receive_message())

    def send(self, data, opcode=None):
        """Send a message.

        :param data: ``str`` for a text message, bytes for a binary one.
        :param opcode: another opcode to send the data with, such as ``WebSocket.PING``.

        Raises :class:`WebSocketError` when the WebSocket is closed.
        """
        drive(self.send_message(data, opcode))

    def close(self, code=1000, reason=''):
        """Close the WebSocket.

        :param code: the close code: 1000, another that may be sent (RFC 6455 section 7.4), or one from 3000 to 4999.
        :param reason: a text of up to 123 bytes.
        """
        drive(self.finish(code, reason))


def _upgrade(request, **options):
    return upgrade(request, WebSocket, **options)


def websocket_upgrade(request, subprotocols=(), origins=None):
    """Make a WebSocket of a request, inside of a route function, and return it.

    :param subprotocols: the subprotocols that the application speaks, the best first; ``ws.subprotocol`` is the one
                         agreed on.
    :param origins: the origins whose pages may connect, as a list or as a function ``f(origin)``; ``None`` for all.

    Aborts the request with 400, 403 or 426 where the handshake is not acceptable.
    """
    return drive(_upgrade(request, subprotocols=subprotocols, origins=origins))


with_websocket = with_upgrade(_upgrade)
