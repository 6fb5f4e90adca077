# A file system in RAM, written in Python: what a test run mounts where the board has no other place for files.
import errno
import io
import time

_DIR = 0x4000
_FILE = 0x8000


class RamFS:
    def __init__(self):
        self._dirs = {"/"}
        self._files = {}  # path -> (bytes, time of the last change)

    # what `vfs.mount` and `import` call

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        if path in self._files:
            data, changed = self._files[path]
            return (_FILE, 0, 0, 0, 0, 0, len(data), changed, changed, changed)
        if path in self._dirs:
            return (_DIR, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(errno.ENOENT)

    def open(self, path, mode="r"):
        if path in self._dirs:
            raise OSError(errno.EISDIR)
        if "w" in mode or "a" in mode and path not in self._files:
            self.stat(_parent(path))
            self._files[path] = b"", int(time.time())
        if path not in self._files:
            raise OSError(errno.ENOENT)
        data = self._files[path][0]
        if "r" not in mode or "+" in mode:
            return _Writable(self._files, path, data, "a" in mode)
        return io.BytesIO(data) if "b" in mode else io.StringIO(str(data, "utf-8"))

    # what tests call through `os`

    def mkdir(self, path):
        self.stat(_parent(path))
        self._dirs.add(path)

    def remove(self, path):
        self.stat(path)
        del self._files[path]

    def rmdir(self, path):
        self.stat(path)
        if any(True for _ in self.ilistdir(path)):
            raise OSError(errno.ENOTEMPTY if hasattr(errno, "ENOTEMPTY") else 39)
        self._dirs.remove(path)

    def ilistdir(self, path):
        self.stat(path)
        for kind, names in ((_DIR, self._dirs), (_FILE, self._files)):
            for name in names:
                if name != "/" and _parent(name) == path:
                    yield name[name.rfind("/") + 1 :], kind, 0


class _Writable(io.IOBase):
    # The contents of a file while it is open; they are kept when it is closed.
    def __init__(self, files, path, data, at_end=False):
        self._files = files
        self._path = path
        self._file = io.BytesIO(data)
        self.read = self._file.read
        self.readinto = self._file.readinto
        self.readline = self._file.readline
        self.seek = self._file.seek
        self.tell = self._file.tell
        if at_end:
            self.seek(0, 2)

    def write(self, data):
        return self._file.write(data)

    def flush(self):
        self._files[self._path] = self._file.getvalue(), int(time.time())

    def close(self):
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _parent(path):
    return path[: path.rfind("/")] or "/"
