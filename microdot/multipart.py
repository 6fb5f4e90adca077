"""Uploads and forms in multipart/form-data (RFC 7578), parsed as they arrive, in bounded memory."""
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
            # Only `\"` and `\\` are escapes, which others stand for until the end of the string is found: a backslash
            # may also be part of a name, as browsers send it.
            param, _, text = text[1:].replace('\\\\', '\0').replace('\\"', '\1').partition('"')
            text = text.partition(';')[2]
        else:
            param, _, text = text.partition(';')
        params[name.strip(' ;\t').lower()] = param.strip().replace('\0', '\\').replace('\1', '"')
    return value.strip().lower(), params


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
        self.end = b'\r\n--' + boundary
        self.size = buffer_size
        self.buffer = b'\r\n'  # the first boundary has none before it
        self.open = True    # the preamble is a part that nobody reads

    async def _receive(self):
        data = await self._read(self.size)
        if not data:
            raise ProtocolError(400)  # multipart body ends early
        self.buffer += data

    def _take(self, n):
        data = self.buffer[:n]
        self.buffer = self.buffer[n:]
        return data

    async def read(self, n):
        """Return up to ``n`` bytes of the current part, ``b''`` at its end."""
        while self.open:
            end = self.buffer.find(self.end)
            # What may be the start of a delimiter stays until more is known.
            ready = end if end >= 0 else len(self.buffer) - len(self.end) + 1
            if ready > 0:
                return self._take(min(n, ready))
            if end == 0:
                self._take(len(self.end))
                self.open = False
            else:
                await self._receive()
        return b''

    async def next_part(self):
        """Go to the next part and return its headers, with lower-case names; ``None`` after the last."""
        while await self.read(self.size):
            pass
        while len(self.buffer) < 2:
            await self._receive()
        if self.buffer[:2] == b'--':
            return None
        while b'\r\n\r\n' not in self.buffer:
            if len(self.buffer) > _MAX_HEADERS:
                raise ProtocolError(400)
            await self._receive()
        end = self.buffer.find(b'\r\n\r\n')
        # The first line is the rest of that of the boundary, where only blanks are allowed.
        blank, *lines = _text(self._take(end)).split('\r\n')
        self._take(4)
        if blank.strip() or end > _MAX_HEADERS:
            raise ProtocolError(400)
        headers = {}
        for line in lines:
            name, colon, value = line.partition(':')
            if not colon:
                raise ProtocolError(400)
            headers[name.strip().lower()] = value.strip()
        self.open = True
        return headers


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
        self.face = face
        self._stream = None
        self._path = None

    def read(self, n=-1):
        """Read up to ``n`` bytes, or all; ``b''`` at the end."""
        return self.face(self._recv(n))

    async def _recv(self, n):
        if self._stream:
            return self._stream.read(n)
        if n >= 0:
            return await self._read(n)
        data = io.BytesIO()
        await _pull(self._read, data)
        return data.getvalue()

    def save(self, path_or_file):
        """Write the file to a path, which the application chooses, or to an open file."""
        return self.face(self._write_to(path_or_file))

    async def _write_to(self, path_or_file):
        if hasattr(path_or_file, 'write'):
            await _pull(self._recv, path_or_file)
        else:
            with open(path_or_file, 'wb') as file:
                await _pull(self._recv, file)

    def copy(self, max_memory_size=None):
        """Keep the file until :meth:`close`, in memory or, beyond ``max_memory_size`` bytes, in a temporary file."""
        return self.face(self._load(max_memory_size))

    async def _load(self, max_memory_size=None):
        """:meth:`copy` as a coroutine in either flavour."""
        if max_memory_size is None:
            max_memory_size = self.max_memory_size
        file = io.BytesIO()
        size = 0
        piece = await self._read(_PIECE)
        while piece:
            size += len(piece)
            if size > max_memory_size and not self._path:
                head = file.getvalue()
                path = '%s/upload-%s' % (self.folder, os.urandom(8).hex())
                file = self._stream = open(path, 'w+b')
                self._path = path
                file.write(head)
            file.write(piece)
            piece = await self._read(_PIECE)
        file.seek(0)
        self._stream = file

    def close(self):
        """Forget what :meth:`copy` kept."""
        return self.face(self._drop())

    async def _drop(self):
        """:meth:`close` as a coroutine in either flavour."""
        file, self._stream = self._stream, None
        if file:
            try:
                file.close()
            except OSError:
                pass  # what is left to write does not fit, which was told when the rest was written
        path, self._path = self._path, None
        if path:
            os.remove(path)


async def _pull(read, file):
    piece = await read(_PIECE)
    while piece:
        file.write(piece)
        piece = await read(_PIECE)


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
        self.face = request.app.face
        self._room = self.max_parts
        # how many bytes the current field or file may still have is in self._left
        kind, params = parse_header(request.content_type or '')
        self.reader = None
        if kind == 'multipart/form-data':
            self.reader = MultipartReader(request.read, params.get('boundary', '').encode(), self.buffer_size)

    def __iter__(self):
        return self

    __aiter__ = __iter__

    async def __anext__(self):
        item = await self.next_item()
        if item is None:
            raise StopAsyncIteration
        return item

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
        filename = params.get('filename')
        extended = params.get('filename*', '')
        if extended.lower().startswith("utf-8'"):
            filename = unquote(extended.split("'", 2)[-1])
        if filename is None:
            self._left = self.max_field_length
            data = io.BytesIO()
            await _pull(self._recv, data)
            return name, _text(data.getvalue())
        self._left = self.max_file_length
        return name, FileUpload(safe_filename(filename), headers.get('content-type'), self._recv, self.face)

    async def _recv(self, n):
        data = await self.reader.read(n)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ProtocolError(413)  # field or file too long in a multipart body
        return data


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
            item = await items.next_item()
            while item:
                name, value = item
                if isinstance(value, str):
                    form[name] = value
                else:
                    if name in files:
                        await files[name]._drop()
                    files[name] = value
                    await value._load()
                item = await items.next_item()
            if items.reader:
                request.form, request.files = form, files
            return await request.app.invoke(f, request, *args, **kwargs)
        finally:
            for file in files.values():
                await file._drop()
    return wrapper
