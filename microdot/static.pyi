from .app import Application
from .request import Request
from .response import Response

class StaticFiles:
    folder: str
    index: str
    max_age: int | None
    def __init__(
        self,
        app: Application | None = None,
        folder: str = "static",
        url_prefix: str = "/static",
        index: str = "index.html",
        max_age: int | None = None,
    ) -> None: ...
    def initialize(self, app: Application, url_prefix: str = "/static") -> None: ...
    async def send(self, request: Request, path: str = "") -> Response: ...
