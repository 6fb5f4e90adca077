"""The body of a response, whatever it is made of, as chunks to send."""
from .compat import MICROPYTHON, needs_settling, settle


def encode_chunk(data):
    """Encode a chunk of a body in the chunked transfer coding."""
    return b'%x\r\n' % len(data) + data + b'\r\n'


async def start(res, invoke):
    """Take the first chunk of a body.

    So a body that fails at once can still be answered with an error, and an
    empty one with its length.

    :param invoke: see :class:`Chunks`.
    :return: ``(data, chunks, length)``: the chunk, what gives the others, or
             ``None`` when there are none, and then the size of the body in
             bytes if that is known.
    """
    chunks = Chunks(res.body, res.send_file_buffer_size, invoke)
    data = None
    try:
        if not res.is_head:
            data = await chunks.next()
    finally:
        if data is None:
            await chunks.close()
    if data is not None:
        return data, chunks, None
    return b'', None, None if res.is_head and res.body is not None else 0


class Chunks:
    """The chunks of a response body, whatever it is made of.

    :param body: the body of a response. Beside what handlers return, it may be
                 an object with a coroutine method ``write_to(send)``, which
                 sends the body and ends with it.
    :param size: size of the pieces in which a file is read, in bytes.
    :param invoke: runs a function that may block: ``await invoke(f, *args)``.
    """

    def __init__(self, body, size, invoke=None):
        self.body = body
        self.size = size
        self.invoke = invoke
        self.items = None  # stays so for a file
        self.buffer = None  # what a file is read into
        #: How the body sends itself, as it comes up with something; ``None`` if it does not.
        self.write_to = getattr(body, 'write_to', None)
        if self.write_to:
            self.items = iter((b'',))
        elif hasattr(body, '__aiter__'):
            self.items = body.__aiter__()
        elif hasattr(body, 'read'):
            if MICROPYTHON and hasattr(body, 'readinto'):
                self.buffer = memoryview(bytearray(size))
        elif body is None or isinstance(body, (bytes, bytearray, memoryview)):
            self.items = iter((body,) if body else ())
        else:
            self.items = iter(body)

    async def next(self):
        """Return the next chunk, bytes of any kind, or ``None`` after the last."""
        items = self.items
        if items is None:
            chunk = self.body.readinto(self.buffer) if self.buffer else self.body.read(self.size)
            if needs_settling(chunk):
                chunk = await settle(chunk)
            if not chunk:
                return None
            if self.buffer:
                return self.buffer[:chunk]
        elif hasattr(items, '__anext__'):
            try:
                chunk = await items.__anext__()
            except StopAsyncIteration:
                return None
        # StopIteration cannot leave a coroutine or a thread pool's future
        elif self.invoke:
            chunk = await self.invoke(next, items, None)
        else:
            chunk = next(items, None)
        return chunk.encode() if isinstance(chunk, str) else chunk

    async def send_all(self, send):
        """Send what is left of the body; returns how many bytes that were, or ``None``.

        :param send: ``await send(chunk)``.
        """
        if self.write_to:
            return await self.write_to(send)
        size = 0
        while True:
            chunk = await self.next()
            if chunk is None:
                return size
            if chunk:
                await send(chunk)
                size += len(chunk)

    async def stream(self, send, size):
        """Send what is left of the body as it is framed; tells whether that became what the head says.

        :param send: ``await send(chunk)``.
        :param size: how many bytes it should be, -1 for the chunked transfer
                     coding, ``None`` for all until the end of the connection.
        """
        if size != -1:
            return await self.send_all(send) == size
        await self.send_all(lambda data: send(encode_chunk(data)))
        await send(encode_chunk(b''))
        return True

    async def close(self):
        """Close the body if it can be closed; safe to call at any time."""
        body, self.body = self.body, None
        close = getattr(body, 'aclose', None) or getattr(body, 'close', None)
        if close:
            result = close()
            if needs_settling(result):
                await settle(result)

    def __aiter__(self):
        return self

    async def __anext__(self):
        chunk = await self.next()
        if chunk is None:
            await self.close()
            raise StopAsyncIteration
        return chunk

    def __iter__(self):
        return self

    def __next__(self):
        from .compat import drive
        chunk = drive(self.next())
        if chunk is None:
            drive(self.close())
            raise StopIteration
        return chunk


class Resumed:
    """A generator whose first item was already taken."""
    def __init__(self, value, generator):
        self.value = value
        self.generator = generator

    def __iter__(self):
        return self

    def __next__(self):
        value = self.value
        if value is None:
            return next(self.generator)
        self.value = None
        return value

    def close(self):
        self.generator.close()
