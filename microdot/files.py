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
        return _from_flash(filename)
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


def _from_flash(filename):
    # where an app is frozen, the files of its folder static are in the firmware only
    folder, _, path = filename.partition('/')
    asset = folder == 'static' and (frozen(folder) or {}).get(path)
    if not asset:
        abort(404, 'Not found')
    data, _, etag, encoding = asset
    if encoding:
        return inflate(data), None, {}
    return data, len(data), {'Content-Length': str(len(data)), 'ETag': etag}


def frozen(folder):
    """The files that firmware has under the name of *folder*: ``{path: (data, content_type, etag, encoding)}`` or None."""
    try:
        return __import__(folder.strip('./').replace('/', '.') + '._frozen', None, None, ('FILES',)).FILES
    except (ImportError, ValueError):
        return None


def inflate(data):
    """A stream with what *data*, a gzip file of a window of 4 KiB at most, stands for."""
    from io import BytesIO
    try:
        from deflate import GZIP, DeflateIO
    except ImportError:
        from gzip import GzipFile
        return GzipFile(fileobj=BytesIO(data))
    return DeflateIO(BytesIO(data), GZIP, 12)
