from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
_P = ParamSpec("_P")

class _Auth:
    def authenticate(self, f: _F) -> _F: ...
    def __call__(self, f: Callable[_P, Any]) -> Callable[_P, Coroutine[Any, Any, Any]]: ...
    def optional(self, f: Callable[_P, Any]) -> Callable[_P, Coroutine[Any, Any, Any]]: ...

class BasicAuth(_Auth):
    realm: str
    charset: str
    scheme: str
    error_status: int
    def __init__(
        self, realm: str = "Please login", charset: str = "UTF-8", scheme: str = "Basic", error_status: int = 401
    ) -> None: ...

class TokenAuth(_Auth):
    header: str
    scheme: str
    error_status: int
    def __init__(self, header: str = "Authorization", scheme: str = "Bearer", error_status: int = 401) -> None: ...
    def errorhandler(self, f: _F) -> _F: ...
