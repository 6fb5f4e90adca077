"""Freeze modules as MicroPython's mpy-tool.py does, with the framework linked into ROM; run by makemanifest.py (see install()).

tool.py MPY_TOOL FRAMEWORK PORT -f -q HEADER FILE.mpy ...
"""

import ast
import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from firmware.linker import emit, layout, rest
from firmware.linker.attributes import attributes, object_strings, strings
from firmware.linker.bytecode import Rewriter, Tables, intern
from firmware.linker.evaluate import Evaluator
from firmware.linker.objects import LinkError, Module, Ref, Shared, constant_symbol
from firmware.linker.shorten import Shortener

#: `sys.platform` by port; the unix port has that of the machine it is built on
_PLATFORMS = {"unix": sys.platform, "esp32": "esp32", "esp8266": "esp8266", "rp2": "rp2", "qemu": "qemu"}
_INCLUDES = '#include "py/nativeglue.h"\n'
_FREEZE_CONSTANT = "freeze_constant_obj"


@dataclass
class Unit:
    """The modules that come with the import of one, and the code that runs then."""

    root: Module
    modules: list = field(default_factory=list)
    size: int = 0  # entries that the dictionary which linked code shares gets

    @property
    def ref(self):
        return Ref("linked_unit_" + self.root.symbol)


def main():
    mpy_tool, framework, port, *arguments = sys.argv[1:]
    tool = _load(mpy_tool)
    run = tool.freeze_mpy

    def freeze(firmware_names, compiled):
        _Linker(tool, Path(framework), port).freeze(run, firmware_names, compiled)

    tool.freeze_mpy = freeze
    try:
        tool.main(arguments)
    except LinkError as error:
        sys.exit(f"linking the framework: {error}")


def _load(path):
    sys.path.insert(0, str(Path(path).parent))  # where it looks for its own modules from
    spec = importlib.util.spec_from_file_location("mpy_tool", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


class _Linker:
    def __init__(self, tool, framework, port):
        self._tool = tool
        self._framework = framework
        self._platform = _PLATFORMS.get(port)
        self._writer = emit.Writer(tool)

    def freeze(self, run, firmware_names, compiled):
        """Print the C for `compiled`, the linked ones among them as constants, the others by `run`."""
        self._tool.CompiledModule.freeze_constant_obj = _with_refs(self._tool.CompiledModule.freeze_constant_obj)
        modules = self._modules(compiled)
        codes = {id(module.compiled) for module in modules.values()}
        evaluator = Evaluator(modules, self._platform)
        units = self._units(modules)
        for unit in units:
            for module in [unit.root, *unit.modules]:
                evaluator.evaluate(module)
        others = [each for each in compiled if id(each) not in codes]
        self._shorten(others)
        wanted = self._wanted(modules)
        names = {module.path: attributes(module, wanted.get(module.path, ())) for module in modules.values()}
        others += [self._code(unit, evaluator) for unit in units]
        self._link(modules.values())
        self._prune(others, modules.values(), names)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            run(firmware_names, others)
        head, includes, body = output.getvalue().partition(_INCLUDES)
        # the enumeration of new names has to come first
        print(head, includes, sep="", end="")
        start = body.index("};", body.index("enum {")) + 2 if "enum {" in body else 0
        print(body[:start])
        self._writer.declarations(modules.values(), units)
        print(body[start:])
        for module in modules.values():
            self._writer.module(module, names[module.path])
        for unit in units:
            self._writer.unit(unit, [unit.root, *unit.modules])

    def _modules(self, compiled):
        """{path: Module} of what is linked, in the order of the units."""
        by_path = {each.source_file.str: each for each in compiled}
        found = {}
        for root, others in layout.UNITS.items():
            if f"microdot/{root}.py" not in by_path:
                continue
            for path in (root, *others):
                each = by_path.get(f"microdot/{path}.py")
                if each:
                    source = (self._framework / f"{path}.py").read_text()
                    module = Module(path, ast.parse(source), each.raw_code, layout.OPEN.get(path, set()))
                    module.compiled = each
                    found[path] = module
        return found

    def _wanted(self, modules):
        """{path: names} of what modules of the framework that are not linked import from those that are."""
        wanted = {}
        for file in self._framework.rglob("*.py"):
            path = file.relative_to(self._framework).with_suffix("").as_posix()
            if path in modules:
                continue
            module = Module(path, ast.parse(file.read_text()), None, set())
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ImportFrom):
                    source = module.resolve(node.level, node.module or "")
                    if source is not None:
                        wanted.setdefault("/".join(source) or "__init__", set()).update(
                            alias.name for alias in node.names
                        )
        return wanted

    def _units(self, modules):
        return [
            Unit(modules[root], [modules[path] for path in others if path in modules])
            for root, others in layout.UNITS.items()
            if root in modules
        ]

    # ---- what stays code

    def _code(self, unit, evaluator):
        """The code that runs when a unit is imported, compiled."""
        modules = [unit.root, *unit.modules]
        order = [module for module in evaluator.order if module in modules]
        unit.size = len(
            {value.name for module in order for value in module.names.values() if isinstance(value, Shared)}
        )
        compiled = self._compile(rest.text(unit, order), f"microdot/{unit.root.path}.py")
        tables = Tables(self._tool, compiled.source_file.str)
        Rewriter(self._tool, tables, _constants_only, _no_attribute, None).rewrite(compiled.raw_code)
        compiled.qstr_table, compiled.obj_table = tables.names, tables.objects
        compiled.escaped_name += "_code"
        return compiled

    def _compile(self, text, name):
        program = os.environ.get("MICROPY_MPYCROSS")
        if not program:
            raise LinkError("MICROPY_MPYCROSS does not name the compiler")
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder, "code.py"), Path(folder, "code.mpy")
            source.write_text(text)
            result = subprocess.run(
                [program, "-s", name, "-O3", "-o", output, source], check=False, capture_output=True, text=True
            )
            if result.returncode:
                raise LinkError(f"{name}: {result.stderr.strip()}")
            return self._tool.read_mpy(str(output))

    # ---- the code of functions

    def _shorten(self, others):
        """Shorten the framework's modules that are not linked."""
        for each in others:
            if each.source_file.str.startswith("microdot/"):
                tables = Tables(self._tool, each.source_file.str)
                Rewriter(self._tool, tables, _nothing, _no_attribute, None, shortener=Shortener(self._tool)).rewrite(
                    each.raw_code
                )
                each.qstr_table, each.obj_table = tables.names, tables.objects

    def _link(self, modules):
        by_ref = {module.ref: module for module in modules}
        root, others = next(iter(layout.UNITS.items()))  # these are there whenever functions run
        by_path = {module.path: module for module in modules if module.path in (root, *others)}

        def attribute(ref, name):
            return by_ref[ref].names[name]

        def there(module):
            def names(level, name):
                source = by_path.get("/".join(module.resolve(level, name)) or "__init__")
                return source and source.names

            return names

        for module in modules:
            tables = Tables(self._tool, module.compiled.source_file.str)
            scope = {**module.names, "__name__": module.name}
            rewriter = Rewriter(
                self._tool,
                tables,
                scope.__getitem__,
                attribute,
                _from_package(module),
                there(module),
                Shortener(self._tool),
            )
            for made in module.objects:
                if hasattr(made, "code"):
                    rewriter.rewrite(made.code, made.owner)
            module.compiled.qstr_table, module.compiled.obj_table = tables.names, tables.objects

    def _prune(self, others, modules, names):
        """Forget interned strings that nothing refers to any more, and intern those of attributes."""
        tool = self._tool
        used = set()
        for each in [*others, *(module.compiled for module in modules)]:
            used.update(name.str for name in each.qstr_table)
            used.update(text for value in each.obj_table for text in strings(value))
        for module in modules:
            used.add(module.name)
            for name, value in names[module.path].items():
                used.add(name)
                used.update([value.name] if isinstance(value, Shared) else strings(value))
            for made in module.objects:
                used.update(object_strings(made))
        for text in used:
            intern(tool, text)
        static = len(tool.qstrutil.static_qstr_list) + 1
        kept = tool.global_qstrs.qstrs
        kept[static:] = [name for name in kept[static:] if name.str in used]


def _with_refs(freeze):
    def freeze_constant(self, name, value):
        if isinstance(value, Ref):
            return f"MP_ROM_PTR(&{value.symbol})"
        return freeze(self, name, value)

    return freeze_constant


def _from_package(module):
    return lambda level, name: ".".join(module.resolve(level, name))


def _constants_only(name):
    symbol = constant_symbol(name)
    if symbol is None:
        raise KeyError(name)
    return Ref(symbol)


def _nothing(name):
    raise KeyError(name)


def _no_attribute(ref, name):
    raise KeyError(name)


if __name__ == "__main__":
    main()
