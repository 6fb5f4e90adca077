"""MicroPython's hashlib with SHA-1."""
from uhashlib import *  # noqa: F403

from sha1 import sha1 as _digest


class sha1:
    """A SHA-1 hash, made of the data given at once."""
    def __init__(self, data=b''):
        self._data = data

    def update(self, data):
        self._data += data

    def digest(self):
        return _digest(self._data)
