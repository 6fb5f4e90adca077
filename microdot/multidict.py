"""Dictionaries with one twist each: names without case, names with several values."""


# MicroPython gives a subclass of dict neither super().__contains__ nor
# dict(d), hence the index of names beside the dictionary itself.
class NoCaseDict(dict):
    """A dictionary whose string keys are compared without case.

    The first spelling of a key is the one that is kept and shown.

    :param initial_dict: a dictionary to take the first items from.
    """
    def __init__(self, initial_dict=None):
        super().__init__()
        self._names = {}
        if initial_dict:
            self.update(initial_dict)

    def __setitem__(self, key, value):
        super().__setitem__(self._names.setdefault(key.lower(), key), value)

    def __getitem__(self, key):
        return super().__getitem__(self._names.get(key.lower(), key))

    def __delitem__(self, key):
        super().__delitem__(self._names.pop(key.lower(), key))

    def __contains__(self, key):
        return key.lower() in self._names

    def get(self, key, default=None):
        return super().get(self._names.get(key.lower(), key), default)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        return super().pop(self._names.pop(key.lower(), key), *default)

    def popitem(self):
        key, value = super().popitem()
        self._names.pop(key.lower())
        return key, value

    def clear(self):
        super().clear()
        self._names.clear()

    def update(self, other=(), **kwargs):
        names = self._names
        for key, value in _pairs(other):
            super().__setitem__(names.setdefault(key.lower(), key), value)
        if kwargs:
            self.update(kwargs)

    def copy(self):
        return NoCaseDict(self)

    def __ior__(self, other):
        self.update(other)
        return self


class MultiDict(dict):
    """A dictionary that keeps every value assigned to a key.

    Item access and ``get()`` return the first value, ``getlist()`` all of them.

    :param initial_dict: a dictionary to take the first items from.
    """
    def __init__(self, initial_dict=None):
        super().__init__()
        if initial_dict:
            for key, value in _pairs(initial_dict):
                self[key] = value

    def __setitem__(self, key, value):
        values = super().get(key)
        if values is None:
            super().__setitem__(key, [value])
        else:
            values.append(value)

    def __getitem__(self, key):
        return super().__getitem__(key)[0]

    def get(self, key, default=None, type=None):
        """Return the first value of a key.

        :param key: the key.
        :param default: what to return when the key is absent.
        :param type: a callable to convert the value with; its errors propagate.
        """
        values = super().get(key)
        if values is None:
            return default
        return values[0] if type is None else type(values[0])

    def getlist(self, key, type=None):
        """Return all the values of a key, in order; an empty list if there are none."""
        values = super().get(key) or []
        return list(values) if type is None else [type(v) for v in values]


def _pairs(source):
    return source.items() if hasattr(source, 'items') else source
