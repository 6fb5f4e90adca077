from collections.abc import Sequence

class HTTPException(Exception):
    status_code: int
    reason: str
    def __init__(self, status_code: int, reason: str | None = None) -> None: ...

def mro(cls: type) -> Sequence[type]: ...
