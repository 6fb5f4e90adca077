import ssl
from os import PathLike
from typing import Any

_Source = str | PathLike[str] | bytes

def create_ssl_context(cert: _Source, key: _Source, **kwargs: Any) -> ssl.SSLContext: ...
