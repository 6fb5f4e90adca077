"""The test client for asyncio applications: its methods are coroutines."""
from ..test_client import TestClient as _TestClient, TestResponse  # noqa: F401


class TestClient(_TestClient):
    """A client for an asyncio application; see :class:`microdot.test_client.TestClient`."""

    @staticmethod
    def _run(coro):
        return coro
