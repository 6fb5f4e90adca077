"""Conditional requests and ranges for files (RFC 9110, sections 13 and 14)."""
from .httpdate import date_key


class _Slice:
    # A part of an open file.
    def __init__(self, stream, size):
        self._stream = stream
        self._left = size

    def read(self, n):
        data = self._stream.read(min(n, self._left))
        self._left -= len(data)
        return data

    def close(self):
        self._stream.close()


def apply_conditions(req, res):
    """Turn a response with a whole file into a 304, 206 or 416 where the request asks for it.

    :param req: the request.
    :param res: the response; its ``file_size`` is set.
    """
    if req.method.upper() not in ('GET', 'HEAD'):
        return
    if _not_modified(req.headers, res.headers):
        _drop_body(res, 304)
        res.headers.pop('Content-Length', None)
        return
    res.headers['Accept-Ranges'] = 'bytes'
    wanted = req.headers.get('Range')
    if wanted and req.method.upper() == 'GET' and _if_range(req.headers, res.headers):
        _apply_range(res, wanted)


def _not_modified(asked, have):
    tags = asked.get('If-None-Match')
    if tags is not None:
        tag = have.get('ETag')
        return tag is not None and (tags.strip() == '*' or tag in
                                    [t.strip()[2 if t.strip()[:2] == 'W/' else 0:] for t in tags.split(',')])
    since = date_key(asked.get('If-Modified-Since', ''))
    modified = date_key(have.get('Last-Modified', ''))
    return since is not None and modified is not None and modified <= since


def _if_range(asked, have):
    value = asked.get('If-Range')
    return value is None or value in (have.get('ETag'), have.get('Last-Modified'))


def _drop_body(res, status):
    if hasattr(res.body, 'close'):
        res.body.close()
    res.body = b''
    res.status_code = status


def _apply_range(res, wanted):
    size = res.file_size
    span = _parse_range(wanted, size)
    if span is None:
        return  # several ranges, another unit, or bad syntax: the whole file
    first, last = span
    if first > last:
        _drop_body(res, 416)
        res.headers['Content-Range'] = 'bytes */%d' % size
        res.headers.pop('Content-Length', None)
        return
    body = res.body
    if isinstance(body, (bytes, memoryview)):
        res.body = memoryview(body)[first:last + 1]
    else:
        body.seek(first)
        res.body = _Slice(body, last + 1 - first)
    res.status_code = 206
    res.headers['Content-Range'] = 'bytes %d-%d/%d' % (first, last, size)
    res.headers['Content-Length'] = str(last + 1 - first)


def _parse_range(wanted, size):
    # (first, last), last < first if it cannot be satisfied; None if it is to be ignored
    unit, _, span = wanted.partition('=')
    first, dash, last = span.strip().partition('-')
    if unit.strip() != 'bytes' or not dash or (first + last).strip('0123456789') or not first + last:
        return None
    if not first:
        length = min(int(last), size)
        return (size - length, size - 1) if length else (0, -1)
    first = int(first)
    if last and int(last) < first:
        return None
    last = min(int(last), size - 1) if last else size - 1
    return (first, last) if first < size else (0, -1)
