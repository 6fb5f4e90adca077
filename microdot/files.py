"""Responses with the contents of a file, conditional requests and ranges (RFC 9110, sections 13 and 14)."""
import os

from .compat import MICROPYTHON, const
from .response import abort
from .wire import date_key, format_date

_MAX_RANGE = const(32)  # characters; CPython's int() takes no text of any length


def send_file(cls, filename, status_code, content_type, stream, max_age, compressed, file_extension):
    """Make a response of the class *cls*; see :meth:`microdot.response.Response.send_file`."""
    if not content_type:
        name = filename[:-3] if compressed and filename.endswith('.gz') else filename
        content_type = cls.types_map.get(name.split('.')[-1].lower(), 'application/octet-stream')
    headers = {'Content-Type': content_type}
    if max_age is None:
        max_age = cls.default_send_file_max_age
    if max_age is not None:
        headers['Cache-Control'] = 'max-age=%d' % max_age
    if compressed:
        headers['Content-Encoding'] = compressed if isinstance(compressed, str) else 'gzip'
    size = None
    if stream is None:
        stream, size = _open(filename + file_extension, headers)
    res = cls(stream, status_code, headers)
    res.file_size = size
    return res


def _open(filename, headers):
    try:
        stat = os.stat(filename)
        # S_IFREG: MicroPython opens folders too, and the opening of a pipe waits for somebody who writes
        stream = open(filename, 'rb', 0) if stat[0] & 0xf000 == 0x8000 else None  # large pieces need no buffer
    except OSError:
        return _from_flash(filename, headers)
    if not stream:
        abort(404, 'Not found')
    headers['Content-Length'] = str(stat[6])
    if stat[8]:  # a file system without times says 0
        headers['Last-Modified'] = format_date(stat[8])
        headers['ETag'] = '"%x-%x"' % (stat[8], stat[6])
    return stream, stat[6]


def _from_flash(filename, headers):
    # where an app is frozen, the files of its folder static are in the firmware only
    folder, _, path = filename.partition('/')
    asset = folder == 'static' and (frozen(folder) or {}).get(path)
    if not asset:
        abort(404, 'Not found')
    data, _, etag, encoding = asset
    if encoding:
        return inflate(data), None
    headers['Content-Length'] = str(len(data))
    headers['ETag'] = etag
    return data, len(data)


def frozen(folder):
    """The files that are frozen as *folder*: ``{path: (data, content_type, etag, encoding)}`` or None."""
    try:
        return __import__(folder.strip('./').replace('/', '.') + '._frozen', None, None, ('FILES',)).FILES
    except (ImportError, ValueError):
        return None


def inflate(data):
    """A stream with what *data*, a gzip file of a window of 4 KiB at most, stands for."""
    if not MICROPYTHON:
        from .cpython import inflate
        return inflate(data)
    from io import BytesIO

    from deflate import GZIP, DeflateIO
    return DeflateIO(BytesIO(data), GZIP, 12)


class _Slice:
    # A part of an open file.
    def __init__(self, stream, size):
        self.stream = stream
        self._left = size
        self.close = stream.close

    def read(self, n):
        data = self.stream.read(min(n, self._left))
        self._left -= len(data)
        return data


def apply_conditions(req, res):
    """Turn a response with a whole file into a 304, 206 or 416 where the request asks for it.

    :param req: the request.
    :param res: the response; its ``file_size`` is set.
    """
    method = req.method.upper()
    if method not in ('GET', 'HEAD'):
        return
    if _not_modified(req, res):
        return _drop_body(res, 304)
    asked = req.headers
    have = res.headers
    have['Accept-Ranges'] = 'bytes'
    wanted = asked.get('Range')
    if wanted and method == 'GET' and asked.get('If-Range') in (None, have.get('ETag'), have.get('Last-Modified')):
        _apply_range(res, wanted)


def _not_modified(req, res):
    asked = req.headers
    have = res.headers
    tags = asked.get('If-None-Match')
    if tags is not None:
        # the quotes are a part of the tag, so that it is found whole; weak ones count too
        tag = have.get('ETag')
        return tag is not None and (tags.strip() == '*' or tag in tags)
    since = date_key(asked.get('If-Modified-Since', ''))
    modified = since and date_key(have.get('Last-Modified', ''))
    return modified and modified <= since


def _drop_body(res, status):
    if hasattr(res.body, 'close'):
        res.body.close()
    res.body = b''
    res.status_code = status
    res.headers.pop('Content-Length', None)


def _apply_range(res, value):
    unit, _, span = value.partition('=')
    first, dash, last = span.strip().partition('-')
    if unit.strip() != 'bytes' or not dash or not (first + last).encode().isdigit() or len(span) > _MAX_RANGE:
        return  # several ranges, another unit, or bad syntax: the whole file
    size = end = res.file_size
    if not first:
        start = max(size - int(last), 0)
    else:
        start = int(first)
        if last:
            if int(last) < start:
                return
            end = min(int(last) + 1, size)
    headers = res.headers
    if start >= end:
        headers['Content-Range'] = 'bytes */%d' % size
        return _drop_body(res, 416)
    if isinstance(res.body, (bytes, memoryview)):
        res.body = memoryview(res.body)[start:end]
    else:
        res.body.seek(start)
        res.body = _Slice(res.body, end - start)
    res.status_code = 206
    headers['Content-Range'] = 'bytes %d-%d/%d' % (start, end - 1, size)
    headers['Content-Length'] = str(end - start)
