"""Static files as a frozen module: bytes that stay in flash and are served from there with no RAM.

The folder `static/` of an app becomes the module `static._frozen` with one table:

    FILES = {"css/site.css": (data, content_type, etag, encoding), ...}

`data` is bytes in flash (frozen, or in place in a ROMFS); `etag` is quoted, and of `data` as it is stored; `encoding` is
"gzip" where that made the file smaller and "" elsewhere. What is gzipped needs no more than a 4 KiB window to be
unpacked: `deflate.DeflateIO(io.BytesIO(data), deflate.GZIP, 12)`, for a client that does not accept gzip.
"""

import hashlib
import zlib
from typing import NamedTuple

FOLDER = "static"
MODULE = "_frozen.py"

_WINDOW_BITS = 12
_GZIP = 16  # zlib's flag for a gzip header, whose date and name zlib leaves empty: the same file, the same bytes
_WORTH = 0.9  # an encoding that saves less than a tenth is not worth a client's while


class Asset(NamedTuple):
    """A static file as it is served."""

    data: bytes
    content_type: str
    etag: str
    encoding: str


def make(name, contents):
    """The `Asset` of the file `name` with `contents`."""
    packed = _gzip(contents)
    encoding = "gzip" if len(packed) < _WORTH * len(contents) else ""
    data = packed if encoding else contents
    etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    return Asset(data, _content_type(name), etag, encoding)


def module(table):
    """The source of the frozen module for `table`, {path: Asset}."""
    rows = "".join(f"    {name!r}: {tuple(asset)!r},\n" for name, asset in sorted(table.items()))
    return f"FILES = {{\n{rows}}}\n"


def _gzip(contents):
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP + _WINDOW_BITS)
    return packer.compress(contents) + packer.flush()


def _content_type(name):
    from microdot.response import Response

    return Response.types_map.get(name.rpartition(".")[2].lower(), "application/octet-stream")
