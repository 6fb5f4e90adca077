from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from .app import Application
from .request import Request
from .response import Response

_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Request)
_Key = str | bytes | Sequence[str | bytes]

class SessionDict(dict[str, Any]):
    request: Request
    def __init__(self, request: Request, session: Mapping[str, Any]) -> None: ...
    def save(self) -> None: ...
    def delete(self) -> None: ...

class Session:
    secret_key: _Key | None
    cookie_options: dict[str, Any]
    lifetime: int | None
    def __init__(
        self,
        app: Application | None = None,
        secret_key: _Key | None = None,
        cookie_options: dict[str, Any] | None = None,
        lifetime: int | None = None,
    ) -> None: ...
    def initialize(
        self,
        app: Application,
        secret_key: _Key | None = None,
        cookie_options: dict[str, Any] | None = None,
        lifetime: int | None = None,
    ) -> None: ...
    def get(self, request: Request) -> SessionDict: ...
    def update(self, request: Request, session: Mapping[str, Any]) -> None: ...
    def delete(self, request: Request) -> None: ...
    def encode(self, payload: dict[str, Any], secret_key: _Key | None = None) -> str: ...
    def decode(self, token: str, secret_key: _Key | None = None) -> dict[str, Any]: ...
    def send(
        self,
        request: Request,
        response: Response,
        name: str,
        payload: dict[str, Any] | None,
        lifetime: int | None,
        max_age: int | None = None,
    ) -> None: ...

def session_of(request: Request) -> Session: ...
def set_session_secret_key(key: _Key) -> None: ...
def get_session(request: Request) -> SessionDict: ...
def update_session(request: Request, session: Mapping[str, Any]) -> None: ...
def delete_session(request: Request) -> None: ...
def with_session(
    f: Callable[Concatenate[_R, SessionDict, _P], Any],
) -> Callable[Concatenate[_R, _P], Coroutine[Any, Any, Any]]: ...
