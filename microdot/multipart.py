"""Uploads and forms in multipart/form-data (RFC 7578), parsed as they arrive, in bounded memory."""
import binascii
import io
import os

from .compat import MICROPYTHON, const, drive
from .helpers import wraps
from .urlcode import unquote
from .wire import ProtocolError

_MAX_HEADERS = const(1024)  # of one part, in bytes
_MAX_BOUNDARY = const(70)   # RFC 2046 section 5.1.1
_PIECE = const(512)         # read and written at a time, in bytes


def parse_header(text):
    """Split a header value from its parameters, which may be quoted (RFC 9110 section 5.6.6) or extended (RFC 8187).

    Returns the value in lower case and a dictionary of the parameters with their names in lower case.
    """
    value, _, text = text.partition(';')
    params = {}
    while text:
        name, _, text = text.partition('=')
        text = text.lstrip()
        if text[:1] == '"':
            param, text = _unquote_string(text)
        else:
            param, _, text = text.partition(';')
        params[name.strip(' ;\t').lower()] = param.strip()
    return value.strip().lower(), params


def _unquote_string(text):
    # Only `\"` and `\\` are escapes: a backslash may also be part of a name, as browsers send it.
    param = ''
    at = 1
    while at < len(text) and text[at] != '"':
        if text[at] == '\\' and text[at + 1:at + 2] in ('"', '\\'):
            at += 1
        param += text[at:at + 1]
        at += 1
    return param, text[at + 1:].partition(';')[2]


def safe_filename(name):
    """Return what of a client's file name can be used as one: no folders, no control characters, no leading dots."""
    name = name.replace('\\', '/').split('/')[-1]
    return ''.join([char for char in name if char >= ' ' and char != '\x7f']).strip().lstrip('.')


class MultipartReader:
    """Reads the parts of a multipart body one after the other.

    :param read: coroutine function that returns up to n bytes of the body, ``b''`` at its end.
    :param boundary: the boundary, ``bytes``.
    :param buffer_size: how many bytes to read at a time.

    Its methods raise :class:`ProtocolError <microdot.wire.ProtocolError>`, which is answered with status 400, where the
    body is malformed.
    """
    def __init__(self, read, boundary, buffer_size):
        if not 1 <= len(boundary) <= _MAX_BOUNDARY:
            raise ProtocolError(400)  # bad multipart boundary
        self._read = read
        self._delimiter = b'\r\n--' + boundary
        self._buffer_size = buffer_size
        self._buffer = b'\r\n'  # the first boundary has none before it
        self._in_part = True    # the preamble is a part that nobody reads

    async def _fill(self):
        data = await self._read(self._buffer_size)
        if not data:
            raise ProtocolError(400)  # multipart body ends early
        self._buffer += data

    async def read(self, n):
        """Return up to ``n`` bytes of the current part, ``b''`` at its end."""
        while self._in_part:
            end = self._buffer.find(self._delimiter)
            # What may be the start of a delimiter stays until more is known.
            ready = end if end >= 0 else len(self._buffer) - len(self._delimiter) + 1
            if ready > 0:
                data = self._buffer[:min(n, ready)]
                self._buffer = self._buffer[len(data):]
                return data
            if end == 0:
                self._buffer = self._buffer[len(self._delimiter):]
                self._in_part = False
            else:
                await self._fill()
        return b''

    async def next_part(self):
        """Go to the next part and return its headers, with lower-case names; ``None`` after the last."""
        while await self.read(self._buffer_size):
            pass
        while len(self._buffer) < 2:
            await self._fill()
        if self._buffer.startswith(b'--'):
            return None
        if (await self._readline(_MAX_HEADERS)).strip():
            raise ProtocolError(400)  # text after a multipart boundary
        headers = await self._headers()
        self._in_part = True
        return headers

    async def _headers(self):
        headers = {}
        room = _MAX_HEADERS
        while True:
            line = await self._readline(room)
            if not line:
                return headers
            room -= len(line)
            name, colon, value = _text(line).partition(':')
            if not colon:
                raise ProtocolError(400)  # bad header in a multipart body
            headers[name.strip().lower()] = value.strip()

    async def _readline(self, room):
        while True:
            end = self._buffer.find(b'\r\n')
            if (len(self._buffer) if end < 0 else end) > room:
                raise ProtocolError(400)  # headers of a part are too long in a multipart body
            if end >= 0:
                line = self._buffer[:end]
                self._buffer = self._buffer[end + 2:]
                return line
            await self._fill()


def _text(data):
    try:
        return data.decode()
    except UnicodeError:
        raise ProtocolError(400)  # text is not UTF-8 in a multipart body


class FileUpload:
    """A file that a client uploads. It can be read once, unless :meth:`copy` keeps it.

    In an asyncio application the methods are coroutines, in a synchronous one they block.

    :ivar filename: the client's name for the file, made safe: no folders, no control characters, no leading dots.
    :ivar content_type: the type of its content, as the client says.
    """
    #: The largest file that :meth:`copy` keeps in memory, in bytes.
    max_memory_size = 1024
    #: Where :meth:`copy` puts larger files.
    folder = '.'

    def __init__(self, filename, content_type, read, face=lambda coro: coro):
        self.filename = filename
        self.content_type = content_type
        self._read = read
        self._face = face
        self._file = None
        self._path = None

    def read(self, n=-1):
        """Read up to ``n`` bytes, or all; ``b''`` at the end."""
        return self._face(self._read_async(n))

    async def _read_async(self, n):
        if self._file:
            return self._file.read(n)
        if n >= 0:
            return await self._read(n)
        data = io.BytesIO()
        await _copy(self._read, data)
        return data.getvalue()

    def save(self, path_or_file):
        """Write the file to a path, which the application chooses, or to an open file."""
        return self._face(self._save_async(path_or_file))

    async def _save_async(self, path_or_file):
        if hasattr(path_or_file, 'write'):
            await _copy(self._read_async, path_or_file)
        else:
            with open(path_or_file, 'wb') as file:
                await _copy(self._read_async, file)

    def copy(self, max_memory_size=None):
        """Keep the file until :meth:`close`, in memory or, beyond ``max_memory_size`` bytes, in a temporary file."""
        return self._face(self.copy_async(max_memory_size))

    async def copy_async(self, max_memory_size=None):
        """:meth:`copy` as a coroutine in either flavour."""
        if max_memory_size is None:
            max_memory_size = self.max_memory_size
        kept = io.BytesIO()
        while kept.tell() <= max_memory_size:
            piece = await self._read(max_memory_size + 1 - kept.tell())
            if not piece:
                break
            kept.write(piece)
        else:
            kept = await self._spill(kept.getvalue())
        kept.seek(0)
        self._file = kept

    async def _spill(self, head):
        self._path = '{}/upload-{}'.format(self.folder, binascii.hexlify(os.urandom(8)).decode())
        file = self._file = open(self._path, 'w+b')
        file.write(head)
        await _copy(self._read, file)
        return file

    def close(self):
        """Forget what :meth:`copy` kept."""
        return self._face(self.close_async())

    async def close_async(self):
        """:meth:`close` as a coroutine in either flavour."""
        file, self._file = self._file, None
        if file:
            file.close()
        path, self._path = self._path, None
        if path:
            os.remove(path)


async def _copy(read, file):
    while True:
        piece = await read(_PIECE)
        if not piece:
            break
        file.write(piece)


class FormDataIter:
    """Iterates over the fields and files of a request as they arrive, with ``for`` or ``async for``.

    Items are ``(name, value)``: the value is a ``str``, or a :class:`FileUpload` that is to be read before the next
    item, which skips the rest of it. There are no items when the request has no multipart/form-data body. A malformed
    body ends the request with status 400, one over a limit with 413.

    :param request: the request, whose body was not read yet.
    :ivar reader: the :class:`MultipartReader` of the body, ``None`` when it is not multipart/form-data.
    """
    #: How many bytes are read at a time.
    buffer_size = 256 if MICROPYTHON else 8192
    #: The most fields and files in a request.
    max_parts = 100
    #: The longest field, in bytes.
    max_field_length = 4 * 1024 if MICROPYTHON else 16 * 1024
    #: The largest file, in bytes; ``None`` leaves that to :attr:`Request.max_content_length`.
    max_file_length = None

    def __init__(self, request):
        self._face = request.app.face
        self._room = self.max_parts
        self._left = None  # bytes that the current file may still have
        kind, params = parse_header(request.content_type or '')
        self.reader = None
        if kind == 'multipart/form-data':
            self.reader = MultipartReader(request.read, params.get('boundary', '').encode(), self.buffer_size)

    def __aiter__(self):
        return self

    async def __anext__(self):
        item = await self.next_item()
        if item is None:
            raise StopAsyncIteration
        return item

    def __iter__(self):
        return self

    def __next__(self):
        item = drive(self.next_item())
        if item is None:
            raise StopIteration
        return item

    async def next_item(self):
        """Return the next item, ``None`` after the last."""
        headers = await self.reader.next_part() if self.reader else None
        if headers is None:
            return None
        self._room -= 1
        if self._room < 0:
            raise ProtocolError(413)  # too many parts in a multipart body
        kind, params = parse_header(headers.get('content-disposition', ''))
        name = params.get('name')
        if kind != 'form-data' or name is None:
            raise ProtocolError(400)  # part without a name in a multipart body
        filename = _filename(params)
        if filename is None:
            return name, await self._field()
        self._left = self.max_file_length
        return name, FileUpload(filename, headers.get('content-type'), self._read_file, self._face)

    async def _field(self):
        data = bytearray()
        while True:
            piece = await self.reader.read(_PIECE)
            if not piece:
                break
            data.extend(piece)
            if len(data) > self.max_field_length:
                raise ProtocolError(413)  # field too long in a multipart body
        return _text(bytes(data))

    async def _read_file(self, n):
        data = await self.reader.read(n)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ProtocolError(413)  # file too large in a multipart body
        return data


def _filename(params):
    extended = params.get('filename*', '')
    if extended.lower().startswith("utf-8'"):
        return safe_filename(unquote(extended.split("'", 2)[-1]))
    name = params.get('filename')
    return name if name is None else safe_filename(name)


def with_form_data(f):
    """Decorator that reads a multipart body before the function runs, into ``request.form`` and ``request.files``.

    ``request.form`` is a dictionary of the fields, ``request.files`` one of :class:`FileUpload`; of a repeated name the
    last one counts. Small files are in memory, larger ones in temporary files, see :meth:`FileUpload.copy`; they are
    gone when the function has returned.

    Example::

        @app.post('/upload')
        @with_form_data
        def upload(request):
            request.files['picture'].save('picture.jpg')
            return 'Thank you for ' + request.form['title']
    """
    @wraps(f)
    async def wrapper(request, *args, **kwargs):
        form, files = {}, {}
        items = FormDataIter(request)
        try:
            while True:
                item = await items.next_item()
                if item is None:
                    break
                name, value = item
                if isinstance(value, str):
                    form[name] = value
                else:
                    await _keep(files, name, value)
            if items.reader:
                request.form, request.files = form, files
            return await request.app.invoke(f, request, *args, **kwargs)
        finally:
            for file in files.values():
                await file.close_async()
    return wrapper


async def _keep(files, name, file):
    replaced = files.pop(name, None)
    if replaced:
        await replaced.close_async()
    files[name] = file
    await file.copy_async()
