"""The test client for asyncio applications: the same as for synchronous ones, but its methods are coroutines."""
from ..test_client import TestClient, TestResponse  # noqa: F401
