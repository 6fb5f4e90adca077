"""Both flavours of the framework behind one face, so that a test of what they share is written once."""

from portable import parametrize

from microdot.request import Request

CLIENT = ("192.0.2.7", 4321)


class Flavour:
    """The synchronous or the asyncio framework; tests that use one are coroutines."""

    def __init__(self, name):
        self.__name__ = name
        self.is_async = name == "asyncio"

    def app(self):
        """A fresh application."""
        if self.is_async:
            from microdot.asyncio import Microdot
        else:
            from microdot import Microdot
        return Microdot()

    def client(self, app, **kwargs):
        """The flavour's test client for `app`."""
        if self.is_async:
            from microdot.asyncio.test_client import TestClient
        else:
            from microdot.test_client import TestClient
        return TestClient(app, **kwargs)

    async def finish(self, result):
        """What a method of the client returned, once it is there."""
        return await result if self.is_async else result

    async def request(self, app, method, path, headers=None, body=None):
        """Send one request through the test client."""
        return await self.finish(self.client(app).request(method, path, headers=headers, body=body))

    async def get(self, app, path, headers=None):
        """Send one GET request through the test client."""
        return await self.request(app, "GET", path, headers)

    async def serve(self, app, transport):
        """Serve one connection to its end."""
        from microdot.compat import drive
        from microdot.connection import Connection

        serving = Connection(app, transport, CLIENT).serve()
        if self.is_async:
            await serving
        else:
            drive(serving)


SYNC = Flavour("sync")
ASYNCIO = Flavour("asyncio")


def both(test):
    """Decorator: run `async def test(flavour)` with either flavour."""
    return parametrize("flavour", (SYNC, ASYNCIO))(test)


class limits:
    """Context manager: set class attributes of Request for a while."""

    def __init__(self, **values):
        self.values = values

    def __enter__(self):
        self.before = {name: getattr(Request, name) for name in self.values}
        self._set(self.values)

    def __exit__(self, *_):
        self._set(self.before)

    def _set(self, values):
        for name in values:
            setattr(Request, name, values[name])
