"""What linked modules consist of."""

import ast
from dataclasses import dataclass, field


class LinkError(Exception):
    """The code of a module cannot be linked; the text says where and why."""


@dataclass(frozen=True)
class Ref:
    """A constant object of the C code, by its symbol."""

    symbol: str


@dataclass(frozen=True)
class Shared:
    """A name of the dictionary that linked code shares, for what is known at run time only."""

    name: str


@dataclass
class Function:
    """A function: its code, the values of its default arguments, and the class that its `super()` means."""

    ref: Ref
    code: object
    defaults: list
    keyword_defaults: dict
    owner: object = None


@dataclass
class Wrapper:
    """A static or class method, or a property (then `parts` are its functions)."""

    ref: Ref
    kind: str
    parts: list


@dataclass
class Class:
    """A class. Of an open one this is the base in ROM that the class itself derives from."""

    ref: Ref
    name: str
    base: object
    members: dict
    open: bool
    accessors: bool


@dataclass
class Module:
    """A module of the framework: `path` is relative to its folder and without ".py"."""

    path: str
    tree: ast.Module
    code: object
    open_classes: set
    names: dict = field(default_factory=dict)
    objects: list = field(default_factory=list)  # Function, Wrapper and Class, in the order of their making
    rest: list = field(default_factory=list)  # statements that stay code
    compiled: object = None  # mpy-tool's object for it

    @property
    def symbol(self):
        return "microdot_" + self.path.replace("/", "_")

    @property
    def name(self):
        return ".".join(["microdot", *self.parts])

    @property
    def parts(self):
        parts = self.path.split("/")
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def is_package(self):
        return self.path.endswith("__init__")

    @property
    def package(self):
        """The parts of the name of the package that the module is in, or is."""
        return self.name.split(".")[: None if self.is_package else -1]

    @property
    def ref(self):
        return Ref("linked_module_" + self.symbol)

    def resolve(self, level, name):
        """The path of what `from <level dots><name> import` means here, or None when it is not of the framework."""
        if not level:
            parts = name.split(".")
            if parts[0] != "microdot":
                return None
            return parts[1:]
        base = self.parts if self.is_package else self.parts[:-1]
        base = base[: len(base) - (level - 1)] if level > 1 else base
        return base + (name.split(".") if name else [])


def plain(text):
    """The expression of a name that is not looked up in any module."""
    node = ast.Name(text, ast.Load())
    node.fixed = True
    return node


def const(symbol):
    """The name by which code that is left refers to a constant of the C code."""
    return "_rom_" + symbol


def constant_symbol(name):
    """The symbol for a name that `const` made, or None."""
    return name.removeprefix("_rom_") if name.startswith("_rom_") else None
