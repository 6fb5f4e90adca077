"""Rewrite MicroPython's bytecode: names of constants become the constants, tables of names and objects lose what is unused.

The instruction set is that of py/bc0.h; mpy-tool.py decodes and encodes it.
"""

from firmware.linker.objects import Ref, Shared

#: up to this length strings are interned when they are frozen (mpy-tool.py)
_INTERNED = 24


class Tables:
    """The names and objects that the bytecode of one module refers to by number."""

    def __init__(self, mpy_tool, source_file):
        self._tool = mpy_tool
        self._numbers = {}
        self.names = []
        self.objects = []
        self.name(source_file)  # tracebacks take the first for the name of the file

    def name(self, text):
        """The number of a name."""
        key = ("name", text)
        if key not in self._numbers:
            self._numbers[key] = len(self.names)
            self.names.append(intern(self._tool, text))
        return self._numbers[key]

    def object(self, value):
        """The number of a constant object."""
        key = ("object", type(value).__name__, repr(value))
        if key not in self._numbers:
            self._numbers[key] = len(self.objects)
            self.objects.append(value)
        return self._numbers[key]


def intern(tool, text):
    """mpy-tool's object for an interned string."""
    return tool.global_qstrs.find_by_str(text) or tool.global_qstrs.add(text)


class Rewriter:
    """Rewrites the functions of one module.

    :param tool: the module mpy-tool.py.
    :param lookup: called with a global name, returns a constant, a Ref, a Shared, or raises KeyError.
    :param attribute: called with a Ref and the name of an attribute of it, the same.
    :param relative: called with the dots and the name of a relative import, returns the name as of the package `microdot`,
        from which linked functions import; None leaves them as they are.
    :param imported: called with the dots and the name of a relative import, returns {name: constant, Ref or Shared} of a module
        that is there whenever functions run, or None.
    :param shortener: shortens what the functions do (shorten.py); None leaves it as it is.
    """

    def __init__(self, tool, tables, lookup, attribute, relative, imported=None, shortener=None):
        self._relative = relative
        self._tool = tool
        self._op = tool.Opcode
        self._tables = tables
        self._lookup = lookup
        self._attribute = attribute
        self._imported = imported
        self._shortener = shortener

    def rewrite(self, code, owner=None):
        """Rewrite a function and those inside it, in place.

        :param owner: the constant for the class that its `super()` means, if it has that.
        """
        names = [code.qstr_table[number].str for number in code.names]
        opcodes = self._decode(code)
        fields = list(code.prelude_signature)
        cells = bytes(code.fun_data[code.offset_closure_info : code.offset_opcodes])
        if owner:
            # the compiler has its cell be the first variable, and the first argument
            self._fill_in(opcodes, owner)
            del names[1]
            fields[0], fields[3] = fields[0] - 1, fields[3] - 1
            cells = bytes(cell - 1 for cell in cells)
        opcodes = self._constants(self._imports(opcodes))
        if self._shortener:
            opcodes = self._shortener.shorten(opcodes)
            fields[1] = self._shortener.depth(opcodes, fields[1])
        data = self._encode(opcodes)
        source = b"".join(bytes(self._tool.mp_encode_uint(self._tables.name(name))) for name in names)
        source += code.fun_data[code.offset_line_info : code.offset_closure_info]
        head = self._signature(*fields) + self._tool.encode_prelude_size(len(source), len(cells))
        code.fun_data = bytes(head + source + cells + data)
        code.qstr_table, code.obj_table = self._tables.names, self._tables.objects
        (
            code.offset_prelude_size,
            code.offset_source_info,
            code.offset_line_info,
            code.offset_closure_info,
            code.offset_opcodes,
            code.prelude_signature,
            code.prelude_size,
            code.names,
        ) = self._tool.extract_prelude(code.fun_data, 0)
        for child in code.children:
            self.rewrite(child)

    def _signature(self, state, blocks, flags, positional, keyword, defaults):
        """The first part of a prelude, as MP_BC_PRELUDE_SIG_ENCODE of py/bc.h writes it."""
        state -= 1
        byte = (state & 15) << 3 | (blocks & 1) << 2 | positional & 3
        state, blocks, positional = state >> 4, blocks >> 1, positional >> 2
        encoded = bytearray()
        while state or blocks or flags or positional or keyword or defaults:
            encoded.append(0x80 | byte)
            byte = (
                (flags & 1) << 6
                | (state & 3) << 4
                | (keyword & 1) << 3
                | (positional & 1) << 2
                | (blocks & 1) << 1
                | defaults & 1
            )
            state, blocks, flags = state >> 2, blocks >> 1, flags >> 1
            positional, keyword, defaults = positional >> 1, keyword >> 1, defaults >> 1
        encoded.append(byte)
        return bytes(encoded)

    def _fill_in(self, opcodes, owner):
        """Have a constant take the place of the first variable, which is a cell."""
        op = self._op
        numbered = (
            op.MP_BC_LOAD_FAST_N, op.MP_BC_STORE_FAST_N, op.MP_BC_DELETE_FAST,
            op.MP_BC_LOAD_DEREF, op.MP_BC_STORE_DEREF, op.MP_BC_DELETE_DEREF,
        )  # fmt: skip
        multiple = [
            range(op.MP_BC_LOAD_FAST_MULTI, op.MP_BC_LOAD_FAST_MULTI + op.MP_BC_LOAD_FAST_MULTI_NUM),
            range(op.MP_BC_STORE_FAST_MULTI, op.MP_BC_STORE_FAST_MULTI + op.MP_BC_STORE_FAST_MULTI_NUM),
        ]
        for opcode in opcodes:
            if opcode.opcode_byte == op.MP_BC_LOAD_DEREF and opcode.arg == 0:
                self._load(opcode, owner)
            elif opcode.opcode_byte in numbered:
                opcode.arg -= 1
            elif any(opcode.opcode_byte in each for each in multiple):
                opcode.opcode_byte -= 1

    def _decode(self, code):
        """The instructions, with the names and objects that they refer to, and the targets of jumps."""
        tool, op = self._tool, self._op
        opcodes, by_offset = [], {}
        data, position = code.fun_data[code.offset_opcodes :], 0
        while position < len(data):
            form, size, arg, extra = tool.mp_opcode_decode(data, position)
            opcode = op(position, form, data[position], arg, extra)
            by_offset[position] = opcode
            opcodes.append(opcode)
            position += size
            if form == tool.MP_BC_FORMAT_OFFSET:
                opcode.arg += position - (extra is not None)
            elif form == tool.MP_BC_FORMAT_QSTR:
                opcode.arg = code.qstr_table[arg].str
            elif opcode.opcode_byte == op.MP_BC_LOAD_CONST_OBJ:
                opcode.arg = code.obj_table[arg]
        by_offset[position] = None
        for opcode in opcodes:
            if opcode.fmt == tool.MP_BC_FORMAT_OFFSET:
                opcode.target = by_offset[opcode.arg]
        return opcodes

    def _imports(self, opcodes):
        """Replace imports of names from modules that are there anyway: what loads those names stays."""
        result, index = [], 0
        while index < len(opcodes):
            opcode = opcodes[index]
            known = opcode.opcode_byte == self._op.MP_BC_IMPORT_NAME and self._known_names(opcode, result)
            if not known:
                result.append(opcode)
                index += 1
                continue
            level, start = self._level(result)
            count = result[-1].arg
            # behind it what loads a name and what stores it by turns, then what pops the module
            moves = opcodes[index + 1 : index + 1 + 2 * count]
            for other in opcodes:
                if other.fmt == self._tool.MP_BC_FORMAT_OFFSET and other.target is result[start]:
                    other.target = moves[0]
            for load in moves[::2]:
                self._load(load, known[load.arg])
            result[start:] = moves
            index += 2 + len(moves)
        return result

    def _known_names(self, opcode, before):
        """{name: constant, Ref or Shared} of what an import brings, if all that it names is known, else None."""
        level, start = self._level(before)
        names = self._imported(level, opcode.arg) if self._imported and level > 0 else None
        wanted = [other.arg for other in before[start + 1 : -1]]
        return names if names is not None and wanted and all(name in names for name in wanted) else None

    def _constants(self, opcodes):
        """Replace the names of constants."""
        op = self._op
        targets = {id(opcode.target) for opcode in opcodes if opcode.fmt == self._tool.MP_BC_FORMAT_OFFSET}
        result = []
        for opcode in opcodes:
            kind = opcode.opcode_byte
            if kind in (op.MP_BC_LOAD_GLOBAL, op.MP_BC_LOAD_NAME):
                self._global(opcode)
            elif kind == op.MP_BC_IMPORT_NAME and self._relative:
                self._import(opcode, result)
            member = kind in (op.MP_BC_LOAD_ATTR, op.MP_BC_LOAD_METHOD) and id(opcode) not in targets
            if not (member and result and self._member(result[-1], opcode.arg)):
                result.append(opcode)
            elif kind == op.MP_BC_LOAD_METHOD:
                # a function of a module is no method of it: it is called without `self`
                result.append(op(0, self._tool.MP_BC_FORMAT_BYTE, op.MP_BC_LOAD_NULL, None, None))
        return result

    def _global(self, opcode):
        try:
            self._load(opcode, self._lookup(opcode.arg))
        except KeyError:
            pass

    def _import(self, opcode, before):
        """Have a relative import start from the package `microdot`."""
        level, start = self._level(before)
        if level > 0:
            opcode.arg = self._relative(level, opcode.arg)
            before[start].opcode_byte -= level - 1

    def _level(self, before):
        """The level of an import, and where in `before`, which it comes behind, that is loaded.

        Behind the level come the names that are imported and a tuple of them, or None.
        """
        op = self._op
        names = before[-1].arg if before[-1].opcode_byte == op.MP_BC_BUILD_TUPLE else 0
        start = len(before) - 2 - names
        zero = op.MP_BC_LOAD_CONST_SMALL_INT_MULTI + op.MP_BC_LOAD_CONST_SMALL_INT_MULTI_EXCESS
        return before[start].opcode_byte - zero, start

    def _member(self, owner, name):
        """Have `owner`, if it loads a linked module, load an attribute of that instead; returns whether it does."""
        if owner.opcode_byte != self._op.MP_BC_LOAD_CONST_OBJ or not isinstance(owner.arg, Ref):
            return False
        try:
            self._load(owner, self._attribute(owner.arg, name))
        except KeyError:
            return False
        return True

    def _load(self, opcode, value):
        """Turn `opcode` into one that loads `value`."""
        tool, op = self._tool, self._op
        opcode.fmt, opcode.arg = tool.MP_BC_FORMAT_BYTE, None
        if isinstance(value, Shared):
            opcode.opcode_byte, opcode.fmt, opcode.arg = op.MP_BC_LOAD_GLOBAL, tool.MP_BC_FORMAT_QSTR, value.name
        elif value is None:
            opcode.opcode_byte = op.MP_BC_LOAD_CONST_NONE
        elif isinstance(value, bool):
            opcode.opcode_byte = op.MP_BC_LOAD_CONST_TRUE if value else op.MP_BC_LOAD_CONST_FALSE
        elif isinstance(value, int) and -16 <= value < 48:
            opcode.opcode_byte = (
                op.MP_BC_LOAD_CONST_SMALL_INT_MULTI + op.MP_BC_LOAD_CONST_SMALL_INT_MULTI_EXCESS + value
            )
        elif isinstance(value, int) and -(1 << 29) <= value < 1 << 29:
            opcode.opcode_byte, opcode.fmt, opcode.arg = (
                op.MP_BC_LOAD_CONST_SMALL_INT,
                tool.MP_BC_FORMAT_VAR_UINT,
                value,
            )
        elif isinstance(value, str) and len(value) <= _INTERNED:
            opcode.opcode_byte, opcode.fmt, opcode.arg = op.MP_BC_LOAD_CONST_STRING, tool.MP_BC_FORMAT_QSTR, value
        else:
            opcode.opcode_byte, opcode.fmt, opcode.arg = op.MP_BC_LOAD_CONST_OBJ, tool.MP_BC_FORMAT_VAR_UINT, value

    def _encode(self, opcodes):
        tool = self._tool
        for opcode in opcodes:
            if opcode.fmt == tool.MP_BC_FORMAT_QSTR:
                opcode.arg = self._tables.name(opcode.arg)
            elif opcode.opcode_byte == self._op.MP_BC_LOAD_CONST_OBJ:
                opcode.arg = self._tables.object(opcode.arg)
        moved = True
        while moved:  # jumps get shorter as what they jump over does
            moved, output, overflow = False, b"", False
            for opcode in opcodes:
                moved = moved or opcode.offset != len(output)
                opcode.offset = len(output)
                too_far, encoded = tool.mp_opcode_encode(opcode)
                overflow = overflow or too_far
                output += encoded
        if overflow:
            raise OverflowError("a jump is too far")
        return output
