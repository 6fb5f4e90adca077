"""The client's side of a WebSocket in memory, for the test clients."""
from .compat import needs_settling, settle
from .frames import BINARY, CLOSE, TEXT, Decoder, encode, encode_close

_KEY = b'\x37\xfa\x21\x3d'

#: What a client sends to open a WebSocket.
HANDSHAKE = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13',
             'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ=='}


class WebSocketTransport:
    """A transport whose other end is a generator function.

    Each time that the server wants to receive, the generator goes on: what it yields is a message to the server, and
    the value of that ``yield`` is the server's reply, ``None`` if there was none. At its end the client is gone.

    :param data: what to receive first, the request.
    :param client: the generator function; an asynchronous one will do where asyncio does.
    """
    def __init__(self, data, client):
        self._data = data
        self._client = client()
        self._started = False
        self._replies = []
        self._decoder = None
        self._sent = b''
        self._closed = False

    def timer(self, ms):
        """Do nothing: nobody is slow in memory."""

    async def recv(self, n):
        if not self._data and not self._closed:
            self._data = await self._next_message()
        data = self._data[:n]
        self._data = self._data[n:]
        return data

    async def send(self, data):
        if not self._decoder:
            self._sent += data
            head, end, data = self._sent.partition(b'\r\n\r\n')
            if not end:
                return
            self._decoder = Decoder(client=True)
        self._decoder.receive_data(data)
        while True:
            event = self._decoder.next_event()
            if not event:
                break
            if event[0] in (TEXT, BINARY):
                self._replies.append(event[1])
            elif event[0] == CLOSE:
                while self._replies and not self._closed:
                    await self._next_message()
                self._closed = True
                self._data = encode(CLOSE, encode_close(event[1][0]), key=_KEY)

    def close(self):
        """Do nothing."""

    async def _next_message(self):
        client = self._client
        reply = self._replies.pop(0) if self._started and self._replies else None
        self._started = True
        try:
            message = (client.asend if hasattr(client, 'asend') else client.send)(reply)
            if needs_settling(message):
                message = await settle(message)
        except (StopIteration, StopAsyncIteration):
            self._closed = True
            return b''
        if isinstance(message, str):
            return encode(TEXT, message.encode(), key=_KEY)
        return encode(BINARY, message, key=_KEY)
