from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from .app import Application

_Route = tuple[list[str], "URLPattern", Callable[..., Any], str, Application | None]

class URLPattern:
    types: ClassVar[dict[str, tuple[Any, Callable[[str], Any]]]]
    url_pattern: str
    prefix: str
    def __init__(self, url_pattern: str) -> None: ...
    @classmethod
    def register_type(cls, name: str, pattern: str = "[^/]+", parser: Callable[[str], Any] | None = None) -> None: ...
    def match(self, path: str) -> dict[str, Any] | None: ...

def find_route(routes: Sequence[_Route], method: str, path: str) -> tuple[_Route | None, Any]: ...
