from collections.abc import Sequence
from typing import Literal

from .app import Application
from .request import Request

class CORS:
    allowed_origins: Sequence[str] | Literal["*"] | None
    allow_credentials: bool
    allowed_methods: Sequence[str] | None
    expose_headers: Sequence[str] | None
    allowed_headers: Sequence[str] | None
    max_age: int | None
    def __init__(
        self,
        app: Application | None = None,
        allowed_origins: Sequence[str] | Literal["*"] | None = None,
        allow_credentials: bool = False,
        allowed_methods: Sequence[str] | None = None,
        expose_headers: Sequence[str] | None = None,
        allowed_headers: Sequence[str] | None = None,
        max_age: int | None = None,
        handle_cors: bool = True,
    ) -> None: ...
    def initialize(self, app: Application, handle_cors: bool = True) -> None: ...
    def get_cors_headers(self, request: Request) -> dict[str, str]: ...
