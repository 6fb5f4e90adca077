"""The client's side of a WebSocket in memory, for the test clients."""
from .compat import const, needs_settling, settle
from .frames import BINARY, CLOSE, TEXT, encode
from .test_client import MemoryTransport

_KEY = const(b'\x37\xfa\x21\x3d')

#: What a client sends to open a WebSocket.
HANDSHAKE = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13',
             'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ=='}


class WebSocketTransport(MemoryTransport):
    """A transport whose other end is a generator function.

    Each time that the server wants to receive, the generator goes on: what it yields is a message to the server, and
    the value of that ``yield`` is the server's reply, ``None`` if there was none. At its end the client is gone.

    :param data: what to receive first, the request.
    :param client: the generator function; an asynchronous one will do where asyncio does.
    """
    def __init__(self, data, client):
        super().__init__(data)
        self.client = client()
        self.items = [None]  # the first message is none
        self._open = False
        self.closed = False

    async def recv(self, n):
        if not self.data and not self.closed:
            self.data = await self._next()
        return await super().recv(n)

    async def send(self, data):
        if not self._open:
            self._open = True  # that was the answer to the handshake; from now on each is a whole frame
            return
        opcode = data[0] & 15
        payload = data[2 if data[1] < 126 else 4 if data[1] == 126 else 10:]
        if opcode == CLOSE:
            while self.items and not self.closed:
                await self._next()
            self.closed = True
            self.data = encode(CLOSE, payload[:2], key=_KEY)
        elif opcode < CLOSE:
            self.items.append(payload.decode() if opcode == TEXT else payload)

    async def _next(self):
        client = self.client
        reply = self.items.pop(0) if self.items else None
        try:
            message = (client.asend if hasattr(client, 'asend') else client.send)(reply)
            if needs_settling(message):
                message = await settle(message)
        except (StopIteration, StopAsyncIteration):
            self.closed = True
            return b''
        opcode = BINARY
        if isinstance(message, str):
            message = message.encode()
            opcode = TEXT
        return encode(opcode, message, key=_KEY)
