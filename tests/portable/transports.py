"""A transport that plays a client: it delivers given pieces and keeps what it is sent."""

import random

from portable import MICROPYTHON


class Pieces:
    """A transport that delivers `pieces` one at a time, then the end of the connection."""

    def __init__(self, pieces):
        self._pieces = list(pieces)
        self.sends = []
        self.closed = False
        self.received = 0
        self.answered = None  # how much had been received by then

    async def recv(self, n):
        if not self._pieces:
            return b""
        data = self._pieces.pop(0)
        if len(data) > n:
            self._pieces.insert(0, data[n:])
            data = data[:n]
        self.received += len(data)
        return data

    async def send(self, data):
        if self.answered is None:
            self.answered = self.received
        self.sends.append(bytes(data))

    def timer(self, ms):
        pass

    def close(self):
        self.closed = True

    @property
    def sent(self):
        """All that was sent, without the Date field, which is never the same."""
        return without_date(b"".join(self.sends))


def splits(data, times=4):
    """Ways to deliver `data`: whole, byte by byte, and in `times` random pieces."""
    yield [data] if data else []
    step = 1 + len(data) // 500 if MICROPYTHON else 1  # thousands of objects are too much for 100 KB of heap
    yield [data[i : i + step] for i in range(0, len(data), step)]
    random.seed(len(data))
    for _ in range(times):
        yield list(_random_pieces(data))


def _random_pieces(data):
    start = 0
    while start < len(data):
        end = start + random.randint(1, 40)
        yield data[start:end]
        start = end


def without_date(data):
    """The bytes of responses without their Date fields."""
    while True:
        start = data.find(b"Date: ")
        if start < 0:
            return data
        data = data[:start] + data[data.find(b"\r\n", start) + 2 :]
