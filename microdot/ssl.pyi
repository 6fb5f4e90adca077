import ssl
from typing import Any

def create_ssl_context(cert: str | bytes, key: str | bytes, **kwargs: Any) -> ssl.SSLContext: ...
