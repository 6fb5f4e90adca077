from collections.abc import Callable
from typing import Any, ClassVar

from .app import Application

_Route = tuple[list[str], "URLPattern", Callable[..., Any], str, Application | None]

class URLPattern:
    types: ClassVar[dict[str, tuple[str | None, Callable[[str], Any]]]]
    url_pattern: str
    static: str | None
    prefix: str
    def __init__(self, url_pattern: str) -> None: ...
    @classmethod
    def register_type(cls, name: str, pattern: str = "[^/]+", parser: Callable[[str], Any] | None = None) -> None: ...
    def match(self, path: str) -> dict[str, Any] | None: ...

class Routes(list[_Route]):
    def find(self, method: str, path: str) -> tuple[_Route | None, Any]: ...
