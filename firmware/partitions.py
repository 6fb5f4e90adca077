"""Partition tables of ESP32 boards: read the CSV that the ESP-IDF reads, and say what is wrong with it."""

from dataclasses import dataclass

_TABLE_END = 0x9000  # the table itself is at 0x8000, one sector long
_SECTOR = 0x1000
_APP_ALIGNMENT = 0x10000  # the flash cache maps apps in pages of 64 KiB
_OTADATA_SIZE = 0x2000  # two sectors, of which one is good at any time
_NAME_BYTES = 16
_UNITS = {"k": 1 << 10, "m": 1 << 20}

#: type -> its subtypes, as the ESP-IDF's guide "Partition Tables" names them; numbers are right too
_SUBTYPES = {
    "app": {"factory", "test", *(f"ota_{slot}" for slot in range(16))},
    "data": {
        "ota",
        "phy",
        "nvs",
        "nvs_keys",
        "coredump",
        "efuse",
        "undefined",
        "esphttpd",
        "fat",
        "spiffs",
        "littlefs",
    },
}


@dataclass(frozen=True)
class Partition:
    """One line of the table, offset and size in bytes."""

    name: str
    type: str
    subtype: str
    offset: int
    size: int

    @property
    def end(self):
        """The first byte behind it."""
        return self.offset + self.size


def read(text):
    """The partitions in the CSV `text`; one without an offset comes right after the one before it.

    :raises ValueError: naming the line that is not as it should be.
    """
    table = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = [field.strip() for field in line.partition("#")[0].split(",")]
        if fields == [""]:
            continue
        try:
            name, kind, subtype, offset, size = fields[:5]
            place = _number(offset) if offset else _next_offset(table, kind)
            table.append(Partition(name, kind, subtype, place, _number(size)))
        except ValueError:
            raise ValueError(f"line {number} should be: name, type, subtype, offset, size") from None
    return table


def _number(text):
    """A number of the table, as 0x10000, 64K or 1M."""
    unit = _UNITS.get(text[-1:].lower())
    return int(text[:-1], 0) * unit if unit else int(text, 0)


def _next_offset(table, kind):
    end = table[-1].end if table else _TABLE_END
    return -(-end // _alignment(kind)) * _alignment(kind)


def _alignment(kind):
    return _APP_ALIGNMENT if kind in ("app", "0") else _SECTOR


def check(table, flash_size):
    """Yield what is wrong with `table` on a flash of `flash_size` bytes, one line each."""
    end = _TABLE_END
    for part in sorted(table, key=lambda part: part.offset):
        yield from _check_words(part)
        alignment = _alignment(part.type)
        if part.offset % alignment or part.size % _SECTOR:
            yield f"partition {part.name!r} at {part.offset:#x} is not aligned to {alignment:#x}"
        if part.offset < end:
            yield f"partition {part.name!r} at {part.offset:#x} begins before {end:#x}, where the one before it ends"
        end = max(end, part.end)
    if end > flash_size:
        yield f"the partitions end at {end:#x}, which is more than the {flash_size:#x} bytes of flash"
    names = [part.name for part in table]
    if len(set(names)) < len(names):
        yield "two partitions have the same name"
    if len([part for part in table if _is_otadata(part)]) > 1:
        yield "two partitions are for the data of updates (data, ota)"


def _check_words(part):
    subtypes = _SUBTYPES.get(part.type)
    if subtypes is None and not _is_byte(part.type):
        yield f"partition {part.name!r} has the type {part.type!r}, which is none of: {', '.join(_SUBTYPES)}"
    elif not (subtypes and part.subtype in subtypes or _is_byte(part.subtype)):
        yield f"partition {part.name!r} has the subtype {part.subtype!r}, which is none of {part.type!r}"
    if len(part.name.encode()) > _NAME_BYTES:
        yield f"partition {part.name!r} has a name of more than {_NAME_BYTES} bytes"
    if _is_otadata(part) and part.size != _OTADATA_SIZE:
        yield f"partition {part.name!r} for the data of updates needs to have {_OTADATA_SIZE:#x} bytes"


def _is_otadata(part):
    return (part.type, part.subtype) == ("data", "ota")


def _is_byte(text):
    """Whether `text` is a number that a type may have."""
    try:
        return 0 <= int(text, 0) < 0xFF
    except ValueError:
        return False


def flash_bytes(text):
    """A flash size in esptool's words as bytes: "4MB" -> 4194304."""
    return int(text.removesuffix("MB")) << 20
