"""Responses with the contents of a file."""
import os

from .response import abort


def send_file(cls, filename, status_code, content_type, stream, max_age, compressed, file_extension):
    """Make a response of the class *cls*; see :meth:`microdot.response.Response.send_file`."""
    headers = {'Content-Type': content_type or _guess_type(cls, filename, compressed)}
    if compressed:
        headers['Content-Encoding'] = compressed if isinstance(compressed, str) else 'gzip'
    if max_age is None:
        max_age = cls.default_send_file_max_age
    if max_age is not None:
        headers['Cache-Control'] = 'max-age=%d' % max_age
    size = None
    if stream is None:
        stream, size, headers_of_file = _open(filename + file_extension)
        headers.update(headers_of_file)
    res = cls(stream, status_code, headers)
    res.file_size = size
    return res


def _guess_type(cls, filename, compressed):
    if compressed and filename.endswith('.gz'):
        filename = filename[:-3]
    return cls.types_map.get(filename.split('.')[-1].lower(), 'application/octet-stream')


def _open(filename):
    try:
        stat = os.stat(filename)
        stream = open(filename, 'rb')
    except OSError:
        abort(404, 'Not found')
    if stat[0] & 0xf000 != 0x8000:  # S_IFREG: MicroPython opens folders too
        stream.close()
        abort(404, 'Not found')
    size = stat[6]
    headers = {'Content-Length': str(size)}
    if stat[8]:  # a file system without times says 0
        from .httpdate import format_date
        headers['Last-Modified'] = format_date(stat[8])
        headers['ETag'] = '"%x-%x"' % (stat[8], size)
    return stream, size, headers
