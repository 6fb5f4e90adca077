"""What an image spends its flash and RAM on: by component, and by module of what is frozen."""

import re
from collections import defaultdict
from pathlib import Path

from firmware import linkmap
from firmware.errors import UserError
from firmware.paths import FRAMEWORK

#: component of an object file, by the first pattern that its path has
_COMPONENTS = (
    ("frozen code", r"frozen_content"),
    ("mbedTLS", r"mbedtls|mbedcrypto|mbedx509"),
    ("lwIP", r"/lwip|liblwip"),
    ("radio", r"cyw43|btstack|nimble|esp_wifi|libnet80211|libpp\.a|libphy|libbt"),
    ("USB", r"tinyusb|usbd?[_/.]"),
    ("file systems", r"littlefs|oofatfs|/vfs"),
    ("chip SDK", r"pico-sdk|esp-idf|/components/|libmain\.a|libesp|libhal|libfreertos|libsoc|eagle"),
    ("C library", r"/lib[a-z_+0-9]*\.(a|so)|crt[a-z0-9]*\.o|^lib[a-z_+0-9]*\.a|_nonshared|linker stubs"),
    ("extmod", r"/extmod/"),
    ("MicroPython core", r"/py/"),
    ("libraries", r"/lib/"),
    ("port", r""),
)
_SHF_WRITE, _SHF_ALLOC, _SHF_EXECINSTR = 1, 2, 4
_FOLDERS = {"microdot": "framework", "app": "app", "asyncio": "asyncio"}
_SHARED = "(shared strings)"

#: what mpy-tool calls the parts of a frozen module -> the column they count for
_KINDS = {
    "fun_data_": "bytecode",
    "const_obj_": "strings",
    "const_qstr_table_data_": "strings",
    "proto_fun_": "tables",
    "children_": "tables",
    "frozen_module_": "tables",
    # and the linker
    "linked_context_": "tables",
    "linked_module_": "tables",
    "linked_type_": "tables",
    "linked_fun_": "tables",
    "linked_property_": "tables",
    "linked_classmethod_": "tables",
    "linked_staticmethod_": "tables",
}
_LINKED = "linked_context_"


def measure(artifact, limits=None):
    """The report on `artifact`, as plain data.

    {"board", "app", "flash": {"used", "limit"}, "ram": {...}, "components": {name: {"flash", "ram"}},
    "modules": {path: {"frozen", "bytecode", "strings", "tables"}}}; all in bytes, a limit of None is not known.

    :param limits: {"flash": bytes, "ram": bytes} that the board has for the image.
    :raises UserError: when the artifact has no ELF file or map.
    """
    files = artifact.info["files"]
    if "map" not in files:
        raise UserError(f"the image in {artifact.dir} came without a map file, so its parts are not known")
    limits = limits or {}
    elf = _Elf(artifact.elf or artifact.image)
    components = _components(linkmap.read(artifact.dir / files["map"]["name"]), elf)
    modules = _with_remainder(elf.frozen_modules(), components)
    totals = {kind: sum(part[kind] for part in components.values()) for kind in ("flash", "ram")}
    return {
        "board": artifact.info["board"],
        "app": artifact.info["app"],
        "flash": {"used": totals["flash"], "limit": limits.get("flash")},
        "ram": {"used": totals["ram"], "limit": limits.get("ram")},
        "components": components,
        "modules": modules,
    }


def component(path):
    """The component that the object file `path` belongs to."""
    return next(name for name, pattern in _COMPONENTS if re.search(pattern, path))


def frozen_groups(modules):
    """`modules` of a report by what they belong to: {"framework": {name: bytes}, "app": ..., ...}."""
    groups = defaultdict(dict)
    for path, module in modules.items():
        folder, _, rest = path.partition("/")
        name, group = (rest, _FOLDERS[folder]) if folder in _FOLDERS else (path, "other frozen code")
        groups[group][name] = module["frozen"]
    return groups


def difference(new, old):
    """`new` less `old`, two reports: the same shape, with bytes gained (or lost) instead of used."""
    change = {kind: {"used": new[kind]["used"] - old[kind]["used"], "limit": None} for kind in ("flash", "ram")}
    for table in ("components", "modules"):
        names = sorted(set(new[table]) | set(old[table]))
        change[table] = {name: _less(new[table].get(name, {}), old[table].get(name, {})) for name in names}
    return {**new, **change}


def _less(new, old):
    return {key: new.get(key, 0) - old.get(key, 0) for key in {**new, **old}}


def _components(pieces, elf):
    totals = defaultdict(lambda: {"flash": 0, "ram": 0})
    for piece in pieces:
        flash, ram = elf.places.get(piece.output, (False, False))
        # ld names the first object file for relocations, whoever they are for
        part = totals["relocations" if piece.output.startswith(".rel") else component(piece.object)]
        part["flash"] += piece.size * flash
        part["ram"] += piece.size * ram
    used = {name: part for name, part in totals.items() if part["flash"] or part["ram"]}
    return dict(sorted(used.items(), key=lambda item: -item[1]["flash"]))


def _with_remainder(modules, components):
    """`modules` with the text of the strings, which has no symbols of its own, in the entry for what all share."""
    rest = components.get("frozen code", {"flash": 0})["flash"] - sum(module["frozen"] for module in modules.values())
    shared = modules.get(_SHARED)
    if shared and rest > 0:
        shared["strings"] += rest
        shared["frozen"] += rest
    return modules


class _Elf:
    """Sections and symbols of an ELF file."""

    def __init__(self, path):
        from elftools.elf.elffile import ELFFile

        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.places = {section.name: _place(section) for section in elf.iter_sections()}
            symbols = elf.get_section_by_name(".symtab")
            found = symbols.iter_symbols() if symbols else ()
            self.symbols = [symbol for symbol in found if symbol["st_info"]["type"] == "STT_OBJECT"]
            self.sizes = [(symbol.name, symbol["st_size"]) for symbol in self.symbols]
            self.names = self._frozen_names(elf)

    def frozen_modules(self):
        """{path of a frozen module: its bytes by kind}, and one entry for the strings that all share."""
        by_symbol = {re.sub(r"\W", "_", name.removesuffix(".py")): name for name in [*self.names, *self._linked_names()]}
        modules = defaultdict(lambda: dict.fromkeys(("frozen", "bytecode", "strings", "tables"), 0))
        for name, size in self.sizes:
            module, kind = _owner(name, by_symbol)
            if module:
                modules[module][kind] += size
                modules[module]["frozen"] += size
        return dict(sorted(modules.items(), key=lambda item: -item[1]["frozen"]))

    def _linked_names(self):
        """The paths of the framework's modules, where some of them are linked: those have no name in the image."""
        if not any(name.startswith(_LINKED) for name, _ in self.sizes):
            return []
        return [f"microdot/{file.relative_to(FRAMEWORK).as_posix()}" for file in FRAMEWORK.rglob("*.py")]

    def _frozen_names(self, elf):
        """The paths of the frozen modules, from the table in the image; it ends with an empty one."""
        table = next((symbol for symbol in self.symbols if symbol.name == "mp_frozen_names"), None)
        if table is None:
            return []
        section = elf.get_section(table["st_shndx"])
        start = table["st_value"] - section["sh_addr"]
        data = section.data()[start : start + table["st_size"]]
        return [name.decode() for name in data.split(b"\0") if name]


def _place(section):
    """(is in flash, is in RAM) of a section: what is written at run time is in RAM, and in flash too if it has contents."""
    flags = section["sh_flags"]
    if not flags & _SHF_ALLOC:
        return (False, False)
    stored = section["sh_type"] != "SHT_NOBITS"
    in_ram = bool(flags & _SHF_WRITE) or section.name.startswith((".iram", ".dram", ".ram"))
    return (stored, in_ram)


def _owner(symbol, modules):
    """The frozen module that `symbol` belongs to and the column it counts for; (None, None) for what is not frozen."""
    if symbol.startswith(("mp_qstr_frozen_const", "mp_frozen_", "linked_const_", "linked_unit_")):
        return _SHARED, "strings"
    for prefix, kind in _KINDS.items():
        if symbol.startswith(prefix):
            rest = re.sub(r"^(table_data_)?", "", symbol.removeprefix(prefix))
            return _longest(rest, modules), kind
    return None, None


def _longest(text, modules):
    """The module whose name `text` begins with; "microdot_app" is no part of "microdot_application"."""
    parts = text.split("_")
    for end in range(len(parts), 0, -1):
        module = modules.get("_".join(parts[:end]))
        if module:
            return module
    return None


def load(path):
    """An older report: a JSON file of `microdot size --json`, or measured from the artifact in a folder.

    :raises UserError: when it is neither.
    """
    import json

    from firmware import build

    path = Path(path)
    if path.is_dir():
        artifact = build.read(path)
        if artifact:
            return measure(artifact)
    elif path.is_file():
        try:
            report = json.loads(path.read_text())
            return {key: report[key] for key in ("board", "app", "flash", "ram", "components", "modules")}
        except (ValueError, KeyError, TypeError):
            pass
    raise UserError(f"{str(path)!r} is neither a folder with an artifact nor a file from `microdot size --json`")
