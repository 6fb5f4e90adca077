"""Read GNU ld's map file: which object file brought how many bytes to which section of the image."""

import re
from dataclasses import dataclass

_OUTPUT = re.compile(r"^(?P<name>[._a-zA-Z]\S*)")
_INPUT = re.compile(
    r"^ (?P<section>[.A-Za-z]\S*)?\s+0x(?P<address>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+) (?P<object>\S.*)$"
)
_NAME_ALONE = re.compile(r"^ (?P<section>[.A-Za-z]\S*)$")
_START = "Linker script and memory map"


@dataclass(frozen=True)
class Piece:
    """What one object file brought to one section."""

    output: str  # section of the image
    object: str  # path of the object file, "libc.a(memcpy.o)" for a member of an archive
    size: int


def read(path):
    """Every `Piece` in the map file `path` that has a size and a place."""
    pieces, output, begun = [], "", False
    for line in _joined(path):
        begun = begun or line.startswith(_START)
        if not begun:
            continue
        head = _OUTPUT.match(line)
        found = _INPUT.match(line)
        if head:
            output = head["name"]
        elif found and int(found["size"], 16) and int(found["address"], 16):
            pieces.append(Piece(output, found["object"].strip(), int(found["size"], 16)))
    return pieces


def _joined(path):
    """The lines of `path`, with each section name too long for its column joined to the line that goes on."""
    held = ""
    with open(path, errors="replace") as file:
        for line in file:
            line = line.rstrip("\n")
            if _NAME_ALONE.match(line):
                held = line
                continue
            if held and line.startswith("  "):
                line = held + line
            held = ""
            yield line
