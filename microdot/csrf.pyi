from collections.abc import Callable
from typing import Any, TypeVar

from .app import Application
from .cors import CORS

_F = TypeVar("_F", bound=Callable[..., Any])

class CSRF:
    cors: CORS | None
    protect_all: bool
    allow_subdomains: bool
    def __init__(
        self,
        app: Application | None = None,
        cors: CORS | None = None,
        protect_all: bool = True,
        allow_subdomains: bool = False,
    ) -> None: ...
    def initialize(self, app: Application, cors: CORS | None = None) -> None: ...
    def exempt(self, f: _F) -> _F: ...
    def protect(self, f: _F) -> _F: ...
