"""The file system in RAM that a test run mounts on a device; on CPython the same holds for the real one."""

import os

from portable import folder, raises


def put(path, data, mode="wb"):
    with open(path, mode) as file:
        file.write(data)


def get(path, mode="rb"):
    with open(path, mode) as file:
        return file.read()


def test_a_file_keeps_what_was_written():
    path = folder() + "/a.bin"
    put(path, b"data")
    assert get(path) == b"data"
    assert os.stat(path)[6] == 4
    put(path, b"new")
    assert get(path) == b"new"


def test_text_is_utf8():
    path = folder() + "/text.txt"
    put(path, "ä€", "w")
    assert get(path, "r") == "ä€"
    assert get(path) == "ä€".encode()


def test_append():
    path = folder() + "/append"
    put(path, b"one")
    put(path, b"two", "ab")
    assert get(path) == b"onetwo"


def test_read_back_while_it_is_open():
    with open(folder() + "/both", "w+b") as file:
        file.write(b"0123456789")
        file.seek(3)
        assert file.read(4) == b"3456"
        assert file.tell() == 7


def test_what_is_not_there_is_an_oserror():
    for use in (open, os.stat, os.remove):
        with raises(OSError):
            use(folder() + "/missing")
    with raises(OSError):
        open(folder() + "/missing/file", "wb")


def test_folders():
    path = folder() + "/folder"
    os.mkdir(path)
    put(path + "/b", b"")
    os.mkdir(path + "/c")
    assert sorted(os.listdir(path)) == ["b", "c"]
    with raises(OSError):
        os.rmdir(path)
    with raises(OSError):
        open(path, "wb")
    os.remove(path + "/b")
    os.rmdir(path + "/c")
    assert os.listdir(path) == []
    os.rmdir(path)
    with raises(OSError):
        os.stat(path)
