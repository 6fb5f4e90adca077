import socket
import ssl as _ssl
from typing import Any, ClassVar
from typing_extensions import Self

from .app import Application

class TestServer:
    __test__: ClassVar[bool]
    app: Application
    host: str
    port: int
    url: str
    def __init__(self, app: Application, ssl: _ssl.SSLContext | None = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: Any) -> None: ...
    def connect(self) -> socket.socket: ...
    def exchange(self, *pieces: bytes) -> bytes: ...
