"""Write ROMFS images: MicroPython's read-only file system, whose files are used in place in flash.

The format is described at the top of MicroPython's extmod/vfs_rom.c: records of a kind, a length and a payload, both
numbers as varuints, the file system itself being one record. The same files always give the same image.
"""

_MAGIC = 0x14A6B1  # encodes to "RM1" with the high bits of R and M set
_DATA = 2
_DIRECTORY = 4
_FILE = 5

HEADER = b"\xd2\xcd\x31"


def image(files):
    """The ROMFS image with `files` in it.

    :param files: {path with slashes: contents}; folders come from the paths.
    :raises ValueError: when a path is both a file and a folder, or is no plain relative path.
    """
    contents = _entries(_nested(files))
    size = _varuint(len(contents))
    if (len(HEADER) + len(size) + len(contents)) % 2:
        size = b"\x80" + size  # the whole must be even, and a varuint may be padded so
    return HEADER + size + contents


def _nested(files):
    root = {}
    for path, contents in files.items():
        *folders, name = path.split("/")
        if not all(part not in ("", ".", "..") for part in (*folders, name)):
            raise ValueError(f"no path for a ROMFS: {path!r}")
        node = root
        for folder in folders:
            node = node.setdefault(folder, {})
            if isinstance(node, bytes):
                break
        if isinstance(node, bytes) or name in node:
            raise ValueError(f"{path!r} would be or be in what is a file already")
        node[name] = bytes(contents)
    return root


def _entries(folder):
    return b"".join(_entry(name, folder[name]) for name in sorted(folder))


def _entry(name, content):
    encoded = name.encode()
    head = _varuint(len(encoded)) + encoded
    if isinstance(content, dict):
        return _record(_DIRECTORY, head + _entries(content))
    return _record(_FILE, head + _record(_DATA, content))


def _record(kind, payload):
    return _varuint(kind) + _varuint(len(payload)) + payload


def _varuint(value):
    encoded = bytes([value & 0x7F])
    while value := value >> 7:
        encoded = bytes([0x80 | value & 0x7F]) + encoded
    return encoded
