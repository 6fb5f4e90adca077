"""Multipart forms and uploads: the parser fed in every way, the form iterator, and what it refuses."""

import os

from microdot.compat import drive
from microdot.multipart import FileUpload, FormDataIter, MultipartReader, parse_header, safe_filename
from microdot.wire import ProtocolError
from portable import folder, parametrize, raises

BODY = (
    b'--xyz\r\nContent-Disposition: form-data; name="foo"\r\n\r\nbar\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b'line\r\n--xy\r\n\r\n-\r\n\r\n--xyz\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--xyz--\r\n'
)
F = b'line\r\n--xy\r\n\r\n-\r\n'


class App:
    face = staticmethod(drive)


class Request:
    app = App

    def __init__(self, body, content_type='multipart/form-data; boundary=xyz', step=0):
        self.content_type = content_type
        self._body = body
        self._step = step or len(body) or 1

    async def read(self, n):
        n = min(n, self._step)
        data, self._body = self._body[:n], self._body[n:]
        return data


def parts_of(body, step=0, buffer_size=256, boundary=b'xyz', piece=100):
    async def read_all():
        reader = MultipartReader(Request(body, step=step).read, boundary, buffer_size)
        parts = []
        while True:
            headers = await reader.next_part()
            if headers is None:
                return parts
            data = b''
            while True:
                more = await reader.read(piece)
                assert len(more) <= piece
                if not more:
                    break
                data += more
            parts.append((headers, data))

    return drive(read_all())


def items_of(body, content_type='multipart/form-data; boundary=xyz'):
    return [
        (name, value if isinstance(value, str) else (value.filename, value.content_type, value.read()))
        for name, value in FormDataIter(Request(body, content_type))
    ]


def form(name, value=b'x'):
    return b'--xyz\r\nContent-Disposition: form-data; ' + name + b'\r\n\r\n' + value + b'\r\n--xyz--'


@parametrize('step', (0, 1, 2, 3, 5, 7, 11, 13))
def test_parts_survive_any_split(step):
    expected = [
        ({'content-disposition': 'form-data; name="foo"'}, b'bar'),
        ({'content-disposition': 'form-data; name="f"; filename="f.txt"', 'content-type': 'text/plain'}, F),
        ({'content-disposition': 'form-data; name="empty"'}, b''),
    ]
    assert parts_of(BODY, step) == expected
    assert parts_of(BODY, step, piece=1) == expected
    assert parts_of(BODY, step, buffer_size=4) == expected


def test_preamble_and_epilogue_are_skipped():
    assert parts_of(b'hello\r\n--xyz\r\nA: b\r\n\r\n1\r\n--xyz--\r\nbye\r\n--xyz\r\n') == [({'a': 'b'}, b'1')]


def test_blanks_after_a_boundary_are_skipped():
    assert parts_of(b'--xyz \t\r\nA: b\r\n\r\n1\r\n--xyz--') == [({'a': 'b'}, b'1')]


def test_unread_parts_are_skipped():
    async def last():
        reader = MultipartReader(Request(BODY).read, b'xyz', 16)
        await reader.next_part()
        await reader.next_part()
        await reader.read(3)
        return await reader.next_part(), await reader.read(9), await reader.next_part()

    assert drive(last()) == ({'content-disposition': 'form-data; name="empty"'}, b'', None)


def test_memory_is_bounded_by_the_buffer():
    sizes = []

    class Counted(Request):
        async def read(self, n):
            sizes.append(n)
            return await super().read(n)

    async def read_all():
        reader = MultipartReader(Counted(form(b'name="f"', bytes(5000))).read, b'xyz', 64)
        await reader.next_part()
        while await reader.read(1000):
            assert len(reader.buffer) <= 64 + len('\r\n--xyz')

    drive(read_all())
    assert set(sizes) == {64}


@parametrize(
    'body',
    (
        b'',
        b'--xyz',
        b'--xyz\r\n',
        b'--xyz\r\nA: b',
        b'--xyz\r\nA: b\r\n\r\nhello',
        b'--xyz\r\nA: b\r\n\r\nhello\r\n--xy',
        b'--xyzA: b\r\n\r\n1\r\n--xyz--',
        b'--xyz\r\nno colon\r\n\r\n1\r\n--xyz--',
        b'no boundary at all',
        b'--xyz\r\nA: ' + bytes(1100) + b'\r\n\r\n1\r\n--xyz--',
        b'--xyz\r\n' + b'A: b\r\n' * 400 + b'\r\n1\r\n--xyz--',
        b'--xyz\r\nA: \xff\r\n\r\n1\r\n--xyz--',
    ),
    ids=(
        'empty',
        'only boundary',
        'no headers',
        'headers end early',
        'body ends early',
        'boundary cut',
        'text after boundary',
        'no colon',
        'no boundary',
        'long header',
        'many headers',
        'header not UTF-8',
    ),
)
def test_malformed_bodies_are_refused(body):
    with raises(ValueError) as info:
        parts_of(body)
    assert info.value.status == 400


@parametrize('boundary', (b'', b'x' * 71))
def test_boundaries_of_a_wrong_length_are_refused(boundary):
    with raises(ProtocolError):
        parts_of(b'', boundary=boundary)


@parametrize(
    'text, expected',
    (
        ('form-data', ('form-data', {})),
        ('Form-Data; name=foo', ('form-data', {'name': 'foo'})),
        ('form-data; name="foo"; filename="a;b.txt"', ('form-data', {'name': 'foo', 'filename': 'a;b.txt'})),
        ('form-data; NAME = "foo" ;x=1 ', ('form-data', {'name': 'foo', 'x': '1'})),
        (r'form-data; name="a\"b\\c\d"', ('form-data', {'name': r'a"b\c\d'})),
        ('form-data; name="foo', ('form-data', {'name': 'foo'})),
        ('form-data; name="foo\\', ('form-data', {'name': 'foo\\'})),
        ('form-data; name=""; ; filename=a=b', ('form-data', {'name': '', 'filename': 'a=b'})),
        ('multipart/form-data; boundary="a b:c"', ('multipart/form-data', {'boundary': 'a b:c'})),
    ),
)
def test_parse_header(text, expected):
    assert parse_header(text) == expected


@parametrize(
    'name, expected',
    (
        ('foo.txt', 'foo.txt'),
        ('../../etc/passwd', 'passwd'),
        ('C:\\Windows\\evil.exe', 'evil.exe'),
        ('/abs/x', 'x'),
        ('.htaccess', 'htaccess'),
        ('..', ''),
        ('', ''),
        ('a\r\nb\0c', 'abc'),
        (' caf\xe9.jpg ', 'caf\xe9.jpg'),
        ('a/..', ''),
    ),
)
def test_safe_filename(name, expected):
    assert safe_filename(name) == expected


def test_form_items():
    assert items_of(BODY) == [('foo', 'bar'), ('f', ('f.txt', 'text/plain', F)), ('empty', '')]


def test_quoted_boundary():
    body = BODY.replace(b'xyz', b'x y')
    assert items_of(body, 'Multipart/Form-Data; charset=utf-8; boundary="x y"')[0] == ('foo', 'bar')


def test_field_names_and_values_are_utf8():
    assert items_of(form('name="\u20ac"'.encode(), '\u20ac'.encode())) == [('\u20ac', '\u20ac')]
    with raises(ProtocolError):
        items_of(form(b'name="a"', b'\xff'))


def test_extended_filename_wins():
    assert items_of(form(b'name=f; filename="x"; filename*=UTF-8\'\'na%C3%AFve%20f.txt')) == [
        ('f', ('na\xefve f.txt', None, b'x'))
    ]
    assert items_of(form(b'name=f; filename*=utf-8\'en\'..%2F%2Fetc')) == [('f', ('etc', None, b'x'))]


def test_filename_of_a_file_field_left_empty():
    assert items_of(form(b'name="f"; filename=""', b'')) == [('f', ('', None, b''))]


def test_no_items_without_a_multipart_body():
    for content_type in (None, '', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/mixed; boundary=xyz'):
        assert items_of(BODY, content_type) == []


@parametrize('header', (b'', b'X: y', b'Content-Disposition: form-data', b'Content-Disposition: attachment; name="x"'))
def test_part_without_a_name_is_refused(header):
    with raises(ProtocolError):
        items_of(b'--xyz\r\n' + header + b'\r\n\r\nx\r\n--xyz--')


def test_missing_boundary_is_refused():
    with raises(ProtocolError):
        items_of(BODY, 'multipart/form-data')


def test_limits():
    class Small(FormDataIter):
        max_parts = 2
        max_field_length = 3
        max_file_length = 5

    def values(body):
        return [value if isinstance(value, str) else value.read() for _, value in Small(Request(body))]

    assert values(form(b'name=a', b'123')) == ['123']
    assert values(form(b'name=a; filename=b', b'12345')) == [b'12345']
    for body in (form(b'name=a', b'1234'), form(b'name=a; filename=b', b'123456'), BODY):
        with raises(ValueError) as info:
            values(body)
        assert info.value.status == 413


def test_file_read_in_pieces_and_the_rest_skipped():
    iterator = FormDataIter(Request(BODY))
    next(iterator)
    _, file = next(iterator)
    assert file.read(4) == b'line'
    assert next(iterator) == ('empty', '')
    assert list(iterator) == []


def upload(data, **attributes):
    file = next(FormDataIter(Request(form(b'name=f; filename=x', data))))[1]
    for name in attributes:
        setattr(file, name, attributes[name])
    return file


def test_save_to_a_path_and_to_a_file():
    path = folder() + '/saved'
    upload(bytes(2000) + b'end').save(path)
    with open(path, 'rb') as saved:
        assert saved.read() == bytes(2000) + b'end'
    with open(path, 'wb') as target:
        upload(b'other').save(target)
    with open(path, 'rb') as saved:
        assert saved.read() == b'other'


@parametrize('size', (0, 9, 10, 11, 1500))
def test_copy_keeps_small_files_in_memory_and_large_ones_on_disk(size):
    data = b'0123456789' * 150
    where = folder()
    file = upload(data[:size], folder=where, max_memory_size=10)
    file.copy()
    kept = [name for name in os.listdir(where) if name.startswith('upload-')]
    assert len(kept) == (size > 10)
    assert file.read(4) == data[: min(size, 4)]
    assert file.read() == data[4:size]
    file.close()
    assert not [name for name in os.listdir(where) if name.startswith('upload-')]


def test_copy_takes_its_limit_as_an_argument():
    where = folder()
    file = upload(b'123', folder=where)
    assert FileUpload.max_memory_size == 1024
    file.copy(max_memory_size=2)
    assert [name for name in os.listdir(where) if name.startswith('upload-')]
    file.close()
