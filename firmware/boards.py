"""Boards: a folder with board.json (upstream's vocabulary, plus one key `microdot` of ours) and manifest.py."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from firmware.errors import UserError
from firmware.paths import BOARDS

#: upstream's closed list of board features
FEATURES = frozenset(
    "Audio Codec,BLE,Battery Charging,Battery,CAN,Camera,DAC,Display,Dual-core,E-Paper,Environment Sensor,Ethernet,"
    "External Flash,External RAM,Feather,GPS,IMU,JST-PH,JST-SH,Keyboard,LoRa,Microphone,PoE,RGB LED,RTC,Rotary Encoder,"
    "SDCard,Secure Element,Solar,Speaker,USB,USB-C,WiFi,microSD,mikroBUS".split(",")
)


@dataclass(frozen=True)
class Board:
    """One board: what it is for people, and how the toolkit builds, flashes and boots it.

    `port` is the MicroPython port; `upstream` the port's own board that ours starts from, '' where the port has none.
    `chip` is esptool's name of it, '' elsewhere. `artifact` is the file name of the image in build/NAME/.
    `network` says that the emulator has one, whose ports can be forwarded. `flash`, `usb`, `emulator`, `romfs` and
    `limits` are as in board.json (see boards/README.md).
    """

    name: str
    path: Path
    port: str
    artifact: str
    product: str = ""
    vendor: str = ""
    mcu: str = ""
    features: tuple = ()
    upstream: str = ""
    chip: str = ""
    flash: dict = field(default_factory=dict)
    usb: tuple = ()
    emulator: str = ""
    network: bool = False
    romfs: int = 0
    limits: dict = field(default_factory=dict)
    make: dict = field(default_factory=dict)

    @property
    def manifest(self):
        """The board's own manifest.py."""
        return self.path / "manifest.py"


def load(name, extra_dirs=()):
    """The board called `name`, looked up in `extra_dirs` first and then in the toolkit's own boards.

    :raises UserError: when there is none (with the names that come close), or its files are not as they should be.
    """
    for folder in search_path(extra_dirs):
        if (folder / name / "board.json").is_file():
            return read(folder / name)
    raise UserError(_unknown(name, all_names(extra_dirs)))


def all_boards(extra_dirs=()):
    """Every board there is, by name; a user's own board hides the toolkit's of the same name."""
    return [load(name, extra_dirs) for name in all_names(extra_dirs)]


def all_names(extra_dirs=()):
    """The names of every board, sorted."""
    folders = search_path(extra_dirs)
    return sorted({file.parent.name for folder in folders for file in folder.glob("*/board.json")})


def search_path(extra_dirs=()):
    """The folders that hold boards, in the order in which they are asked: `extra_dirs`, boards/ here, the toolkit's."""
    for folder in extra_dirs:
        if not Path(folder).is_dir():
            raise UserError(f"no folder {str(folder)!r} to read boards from")
    here = [Path("boards")] if any(Path("boards").glob("*/board.json")) else []
    return list(dict.fromkeys(Path(folder).absolute() for folder in [*extra_dirs, *here, BOARDS]))


def beside(app):
    """The folders of boards that come with `app` (a path, or None): boards/ in it or beside it."""
    if app is None:
        return []
    folder = Path(app) if Path(app).is_dir() else Path(app).absolute().parent
    return [path for path in (folder / "boards", folder.absolute().parent / "boards") if any(path.glob("*/board.json"))]


def read(path):
    """Read and check the board in the folder `path`.

    :raises UserError: naming the file and what is wrong in it.
    """
    data = _parse(path / "board.json")
    problems = list(check(data, path))
    if problems:
        raise UserError(f"board {path.name!r} is not complete: {problems[0]}", detail="\n".join(problems[1:]))
    ours = data["microdot"]
    return Board(
        name=path.name,
        path=path,
        product=data["product"],
        vendor=data["vendor"],
        mcu=data["mcu"],
        features=tuple(data["features"]),
        usb=tuple(ours.get("usb", ())),
        **{key: value for key, value in ours.items() if key != "usb"},
    )


_TEXTS = ("mcu", "product", "vendor", "url")
_LISTS = ("deploy", "features", "images")
_OURS = {
    "port": str,
    "artifact": str,
    "upstream": str,
    "chip": str,
    "flash": dict,
    "usb": list,
    "emulator": str,
    "network": bool,
    "romfs": int,
    "limits": dict,
    "make": dict,
}


def check(data, path):
    """Yield what is wrong with the board.json `data` of the folder `path`, one line each."""
    for key, kind in [(key, str) for key in _TEXTS] + [(key, list) for key in _LISTS] + [("microdot", dict)]:
        if not isinstance(data.get(key), kind):
            yield f"board.json needs {key!r} as {_KINDS[kind]}"
    unknown = [name for name in _as_list(data.get("features")) if not isinstance(name, str) or name not in FEATURES]
    if unknown:
        yield f"board.json names a feature that upstream's list has not: {unknown[0]!r}"
    ours = data.get("microdot")
    if isinstance(ours, dict):
        yield from _check_ours(ours)
    if not (path / "manifest.py").is_file():
        yield f"there is no manifest.py in {path}"
    if isinstance(ours, dict) and (path / "partitions.csv").is_file():
        yield from _check_partitions(ours, path / "partitions.csv")


_KINDS = {bool: "true or false", str: "a text", list: "a list", dict: "an object", int: "a number"}

#: what is in the objects and lists among _OURS
_INNER = {
    "flash": {"method": str, "offset": str, "size": str},
    "limits": {"flash": int, "ram": int},
}
_METHODS = ("esptool", "uf2")


def _check_ours(ours):
    from firmware.builders import PORTS

    for key in ("port", "artifact"):
        if key not in ours:
            yield f"board.json needs 'microdot.{key}'"
    for key, value in ours.items():
        if key not in _OURS:
            yield f"board.json has an unknown key 'microdot.{key}', known are: {', '.join(_OURS)}"
        elif not isinstance(value, _OURS[key]):
            yield f"board.json needs 'microdot.{key}' as {_KINDS[_OURS[key]]}"
        else:
            yield from _check_inner(key, value)
    if isinstance(ours.get("port"), str) and ours["port"] not in PORTS:
        yield f"board.json names the port {ours['port']!r}, which is none of: {', '.join(PORTS)}"


def _check_inner(key, value):
    for inner, kind in _INNER.get(key, {}).items():
        if inner in value and not isinstance(value[inner], kind):
            yield f"board.json needs 'microdot.{key}.{inner}' as {_KINDS[kind]}"
    if key == "flash" and value.get("method", _METHODS[0]) not in _METHODS:
        yield f"board.json needs 'microdot.flash.method' as one of: {', '.join(_METHODS)}"
    if key == "usb" and not all(isinstance(usb, str) for usb in value):
        yield "board.json needs 'microdot.usb' as a list of texts, as \"303a:1001\""


def _check_partitions(ours, file):
    from firmware import partitions

    try:
        table = partitions.read(file.read_text())
        problems = list(partitions.check(table, partitions.flash_bytes(ours["flash"]["size"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problems = [
            str(error) if isinstance(error, ValueError) else "board.json needs 'microdot.flash.size', as \"4MB\""
        ]
    yield from (f"partitions.csv: {problem}" for problem in problems)


def _as_list(value):
    return value if isinstance(value, list) else []


def _parse(file):
    try:
        data = json.loads(file.read_text())
    except ValueError as error:
        raise UserError(f"{file} is no valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise UserError(f"{file} should hold a JSON object")
    return data


def _unknown(name, names):
    import difflib

    close = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    if close:
        return f"no board {name!r}, did you mean {' or '.join(close)}? `microdot boards` lists all"
    return f"no board {name!r}, `microdot boards` lists all there are"
