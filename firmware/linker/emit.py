"""Write linked modules as C: what evaluate.py found, as constants of the image."""

from firmware.linker.objects import Class, Function, Ref, Shared, Wrapper

_ACCESSORS = "MP_TYPE_FLAG_HAS_SPECIAL_ACCESSORS"
#: (slot of a type, what is in it, the methods that need it: None is any class)
_SLOTS = (
    ("make_new", "linked_make_new", None),
    ("attr", "linked_attr", None),
    ("unary_op", "linked_unary_op", None),  # which hashes
    ("print", "linked_print", ("__str__", "__repr__")),
    ("call", "mp_obj_instance_call", ("__call__",)),
    (
        "binary_op",
        "linked_binary_op",
        ("__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__", "__contains__", "__add__"),
    ),
    ("subscr", "linked_subscr", ("__getitem__", "__setitem__", "__delitem__")),
    ("iter", "mp_obj_instance_getiter", ("__iter__", "__next__", "__getitem__")),
)


class Writer:
    """Writes the C of linked modules.

    :param tool: the module mpy-tool.py, which prints.
    """

    def __init__(self, tool):
        self._tool = tool
        self._count = 0

    def declarations(self, modules, units):
        """Print what the rest refers to before it is defined."""
        print('#include "py/builtin.h"\n#include "linker.h"')
        print('#pragma GCC diagnostic ignored "-Wunused-const-variable"  // of functions only the bytecode is used')
        sizes = {_extra(made) for module in modules for made in module.objects if isinstance(made, Function)}
        for size in sorted(sizes):
            print(
                f"typedef LINKED_FUN({size}) linked_fun_{size}_t;" if size else "typedef LINKED_FUN_0 linked_fun_0_t;"
            )
        for module in modules:
            print(f"extern const linked_module_t {module.ref.symbol};")
            print(f"extern const mp_module_context_t linked_context_{module.symbol};")
            for made in module.objects:
                print(f"extern const {_c_type(made)} {made.ref.symbol};")
        for unit in units:
            print(f"extern const mp_rom_obj_tuple_t {unit.ref.symbol};")

    def module(self, module, names):
        """Print a module: its functions' code, then the objects.

        :param names: {name: value} of its attributes.
        """
        compiled = self._compiled = module.compiled
        for made in module.objects:
            if isinstance(made, Function):
                made.code.freeze()
        compiled.freeze_constants()
        print(
            f"const mp_module_context_t linked_context_{module.symbol} = {{\n"
            "    .module = {{&mp_type_module}, (mp_obj_dict_t *)&MP_STATE_VM(linked_globals)},\n"
            f"    .constants = {{(qstr_short_t *)&const_qstr_table_data_{compiled.escaped_name}, "
            + (f"(mp_obj_t *)&const_obj_table_data_{compiled.escaped_name}}},\n" if compiled.obj_table else "NULL},\n")
            + "};"
        )
        for made in module.objects:
            if isinstance(made, Function):
                self._function(module, made)
            elif isinstance(made, Wrapper):
                self._wrapper(made)
            elif isinstance(made, Class):
                self._class(made)
        self._module(module, names)

    def _function(self, module, made):
        code = made.code
        kind = "gen_wrap" if code.scope_flags & self._tool.MP_SCOPE_FLAG_GENERATOR else "fun_bc"
        extra = [self._value(value) for value in made.defaults]
        if made.keyword_defaults:
            extra.append(self._dictionary(made.ref.symbol + "_kw", made.keyword_defaults))
        children = f"(void *)children_{code.escaped_name}" if code.children else "NULL"
        print(
            f"const linked_fun_{len(extra)}_t {made.ref.symbol} = {{{{&mp_type_{kind}}}, &linked_context_{module.symbol}, "
            f"{children}, fun_data_{code.escaped_name}" + (f", {{{', '.join(extra)}}}" if extra else "") + "};"
        )

    def _wrapper(self, made):
        parts = ", ".join(self._value(part) for part in made.parts)
        if made.kind == "property":
            print(f"const linked_property_t {made.ref.symbol} = {{{{&mp_type_property}}, {{{parts}, MP_ROM_NONE}}}};")
        else:
            print(f"const mp_rom_obj_static_class_method_t {made.ref.symbol} = {{{{&mp_type_{made.kind}}}, {parts}}};")

    def _class(self, made):
        table = self._table(made.ref.symbol, made.members)
        slots = _slots(made)
        if table:
            print(f"static MP_DEFINE_CONST_DICT({made.ref.symbol}_dict, {table});")
            slots.append(("locals_dict", f"&{made.ref.symbol}_dict"))
        base = made.base.ref if isinstance(made.base, Class) else made.base
        if isinstance(base, Ref):
            slots.append(("parent", f"&{base.symbol}"))
        flags = "LINKED_TYPE_FLAGS" + (f" | {_ACCESSORS}" if made.accessors else "")
        arguments = ", ".join(
            [made.ref.symbol, self._name(made.name), flags, *(part for slot in slots for part in slot)]
        )
        print(f"MP_DEFINE_CONST_OBJ_TYPE({arguments});")

    def _module(self, module, names):
        known = {name: value for name, value in names.items() if not isinstance(value, Shared)}
        shared = {name: value.name for name, value in names.items() if isinstance(value, Shared)}
        symbol = module.ref.symbol
        table = self._table(symbol, known, shared)
        print(
            f"static const linked_names_t {symbol}_names = {{{self._name(module.name)}, {len(known) + len(shared)}, {len(known)}, "
            f"&linked_context_{module.symbol}, {table or 'NULL'}}};"
        )
        print(f"const linked_module_t {symbol} = {{{{&linked_module_type}}, &{symbol}_names}};")

    def unit(self, unit, modules):
        """Print what the code of a unit gives to `linked_begin`: its size, and the modules that it brings."""
        items = [f"MP_ROM_INT({unit.size})", *(f"MP_ROM_PTR(&{module.ref.symbol})" for module in modules)]
        print(
            f"const mp_rom_obj_tuple_t {unit.ref.symbol} = {{{{&mp_type_tuple}}, {len(items)}, {{{', '.join(items)}}}}};"
        )

    def _table(self, symbol, entries, interned=()):
        """Print a table of names and values, return its symbol; '' when there is nothing to put in.

        :param interned: {name: string} of more entries, whose values are strings.
        """
        if not entries and not interned:
            return ""
        values = {name: self._value(value) for name, value in entries.items()}
        values.update((name, f"MP_ROM_QSTR({self._name(interned[name])})") for name in interned)
        rows = "".join(f"    {{MP_ROM_QSTR({self._name(name)}), {value}}},\n" for name, value in values.items())
        print(f"static const mp_rom_map_elem_t {symbol}_table[] = {{\n{rows}}};")
        return symbol + "_table"

    def _dictionary(self, symbol, entries):
        print(f"static MP_DEFINE_CONST_DICT({symbol}, {self._table(symbol, entries)});")
        return f"MP_ROM_PTR(&{symbol})"

    def _name(self, text):
        return self._tool.global_qstrs.find_by_str(text).qstr_id

    def _value(self, value):
        """The C for a constant; prints what it consists of."""
        self._count += 1
        return self._compiled.freeze_constant_obj(f"linked_const_{self._count}", value)


def _slots(made):
    """The slots that instances of a class need; the base of an open class has none."""
    if made.open:
        return []
    methods, base = set(), made
    while isinstance(base, Class):
        methods.update(base.members)
        base = base.base
    return [
        (slot, function) for slot, function, names in _SLOTS if names is None or base or methods.intersection(names)
    ]


def _extra(made):
    return len(made.defaults) + bool(made.keyword_defaults)


def _c_type(made):
    if isinstance(made, Function):
        return f"linked_fun_{_extra(made)}_t"
    if isinstance(made, Class):
        return "mp_obj_type_t"
    return "linked_property_t" if made.kind == "property" else "mp_rom_obj_static_class_method_t"
