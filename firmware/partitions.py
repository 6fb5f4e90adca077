"""Partition tables of ESP32 boards: read the CSV that the ESP-IDF reads, and say what is wrong with it."""

from dataclasses import dataclass

_TABLE_END = 0x9000  # the table itself is at 0x8000, one sector long
_SECTOR = 0x1000
_APP_ALIGNMENT = 0x10000  # the flash cache maps apps in pages of 64 KiB


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
    """The partitions in the CSV `text`.

    :raises ValueError: naming the line that is not as it should be.
    """
    table = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = [field.strip() for field in line.partition("#")[0].split(",")]
        if fields == [""]:
            continue
        try:
            name, kind, subtype, offset, size = fields[:5]
            table.append(Partition(name, kind, subtype, int(offset, 0), int(size, 0)))
        except ValueError:
            raise ValueError(f"line {number} should be: name, type, subtype, offset, size") from None
    return table


def check(table, flash_size):
    """Yield what is wrong with `table` on a flash of `flash_size` bytes, one line each."""
    end = _TABLE_END
    for part in table:
        alignment = _APP_ALIGNMENT if part.type == "app" else _SECTOR
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


def flash_bytes(text):
    """A flash size in esptool's words as bytes: "4MB" -> 4194304."""
    return int(text.removesuffix("MB")) << 20
