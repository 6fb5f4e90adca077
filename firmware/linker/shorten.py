"""Shorten bytecode: leave out what MicroPython's compiler writes for any function, and have equal ends of one share their code.

Functions behave as before, with one exception: the name in `except ... as name` is None, and not unbound, after that. What they
have fewer of then is blocks of exceptions, which take heap in every coroutine that is there.
"""


class Shortener:
    """Shortens the instructions of functions, as `Rewriter` decodes them.

    :param tool: the module mpy-tool.py.
    """

    def __init__(self, tool):
        op = tool.Opcode
        self._tool = tool
        self._op = op
        self._setups = (op.MP_BC_SETUP_WITH, op.MP_BC_SETUP_EXCEPT, op.MP_BC_SETUP_FINALLY)
        self._conditional = (op.MP_BC_POP_JUMP_IF_TRUE, op.MP_BC_POP_JUMP_IF_FALSE)
        #: after which what follows is reached by jumps only
        self._last = (
            op.MP_BC_RETURN_VALUE, op.MP_BC_RAISE_LAST, op.MP_BC_RAISE_OBJ, op.MP_BC_RAISE_FROM,
            op.MP_BC_JUMP, op.MP_BC_UNWIND_JUMP, op.MP_BC_POP_EXCEPT_JUMP,
        )  # fmt: skip

    def shorten(self, opcodes):
        """Return fewer instructions that do the same; of those that stay, targets change."""
        if self._blocks(opcodes) is None:
            return opcodes
        opcodes = self._reached(self._unbound(opcodes))
        size = None
        while size != self._size(opcodes):
            size = self._size(opcodes)
            opcodes = self._reached(self._merged(self._inverted(opcodes)))
        return opcodes

    def depth(self, opcodes, before):
        """How many blocks of exceptions are open at once, at the most; `before` they were shortened it was so many."""
        blocks = self._blocks(opcodes)
        return before if blocks is None else max(map(len, blocks))

    # ---- what instructions are, and where

    def _blocks(self, opcodes):
        """For each instruction the blocks of exceptions around it, as pairs (where it begins, whether it is being handled).

        None for a function whose blocks do not all have their end: code that is never reached is not there.
        """
        found, around = [], ()
        position = {id(opcode): index for index, opcode in enumerate(opcodes)}
        for index, opcode in enumerate(opcodes):
            around = tuple(
                (start, handled or index >= position[id(opcodes[start].target)]) for start, handled in around
            )
            if opcode.opcode_byte in self._setups:
                around = (*around, (index, False))
            found.append(around)
            if opcode.opcode_byte == self._op.MP_BC_END_FINALLY:
                if not around:
                    return None
                around = around[:-1]
        return None if around else found

    def _size(self, opcodes):
        """How many bytes they take, as far as that is known before names and objects have their numbers."""
        tool, at, long, size = self._tool, {}, set(), None
        while True:
            position = 0
            for opcode in opcodes:
                at[id(opcode)] = position
                position += 1 + (opcode.extra_arg is not None)
                if opcode.fmt == tool.MP_BC_FORMAT_OFFSET:
                    position += 1 + (id(opcode) in long)
                elif opcode.fmt == tool.MP_BC_FORMAT_VAR_UINT and isinstance(opcode.arg, int):
                    position += len(
                        tool.mp_encode_uint(opcode.arg, opcode.opcode_byte == self._op.MP_BC_LOAD_CONST_SMALL_INT)
                    )
                elif opcode.fmt != tool.MP_BC_FORMAT_BYTE:
                    position += 1
            if position == size:
                return size
            size = position
            for opcode in opcodes:
                if opcode.fmt == tool.MP_BC_FORMAT_OFFSET:
                    distance = at[id(opcode.target)] - at[id(opcode)] - 2
                    signed = opcode.opcode_byte in self._op.ALL_OFFSET_SIGNED
                    if not (-64 <= distance <= 63 if signed else distance <= 127):
                        long.add(id(opcode))

    def _equal(self, a, b):
        if (a.opcode_byte, a.extra_arg) != (b.opcode_byte, b.extra_arg):
            return False
        return a.target is b.target if a.fmt == self._tool.MP_BC_FORMAT_OFFSET else repr(a.arg) == repr(b.arg)

    def _jumps(self, opcodes):
        return [opcode for opcode in opcodes if opcode.fmt == self._tool.MP_BC_FORMAT_OFFSET]

    def _retarget(self, opcodes, targets):
        """Have jumps go elsewhere: `targets` is {id of an instruction: the other}."""
        for opcode in self._jumps(opcodes):
            opcode.target = targets.get(id(opcode.target), opcode.target)

    # ---- what changes

    def _reached(self, opcodes):
        """Leave out what is never reached."""
        position = {id(opcode): index for index, opcode in enumerate(opcodes)}
        seen, todo = set(), [0]
        while todo:
            index = todo.pop()
            if index in seen:
                continue
            seen.add(index)
            opcode = opcodes[index]
            if opcode.fmt == self._tool.MP_BC_FORMAT_OFFSET:
                todo.append(position[id(opcode.target)])
            if opcode.opcode_byte not in self._last:
                todo.append(index + 1)
        return [opcode for index, opcode in enumerate(opcodes) if index in seen]

    def _unbound(self, opcodes):
        """Leave out the `finally` that unbinds the name of `except ... as name`."""
        op = self._op
        for start, opcode in enumerate(opcodes):
            if opcode.opcode_byte != op.MP_BC_SETUP_FINALLY:
                continue
            end = next(index for index, other in enumerate(opcodes) if other is opcode.target)
            none, store, delete, finish = opcodes[end : end + 4]
            if (none.opcode_byte, delete.opcode_byte, finish.opcode_byte) != (
                op.MP_BC_LOAD_CONST_NONE, op.MP_BC_DELETE_FAST, op.MP_BC_END_FINALLY,
            ) or not self._equal(store, opcodes[start - 1]):  # fmt: skip
                continue
            body = opcodes[start + 1 : end]
            for inner in body:
                if inner.opcode_byte == op.MP_BC_UNWIND_JUMP and not any(inner.target is other for other in body):
                    inner.extra_arg -= 1  # this block less
            if body[-1].opcode_byte == op.MP_BC_LOAD_CONST_NONE:  # the end of the body is reached
                self._retarget(body, {id(body[-1]): none})
                body[-1:] = [none, store]
            return self._unbound([*opcodes[:start], *body, *opcodes[end + 4 :]])
        return opcodes

    def _inverted(self, opcodes):
        """Have a condition be the opposite one where that saves a `not` or a jump, and leave out jumps to what follows."""
        op, aimed = self._op, {id(opcode.target): opcode for opcode in self._jumps(opcodes)}
        negation = op.MP_BC_UNARY_OP_MULTI + 3  # MP_UNARY_OP_NOT of py/runtime0.h
        for index, (opcode, after) in enumerate(zip(opcodes, [*opcodes[1:], None])):
            if opcode.opcode_byte == negation and after.opcode_byte in self._conditional and id(after) not in aimed:
                self._retarget(opcodes, {id(opcode): after})
                self._invert(after, after.target)
            elif opcode.opcode_byte == op.MP_BC_JUMP and opcode.target is after:
                self._retarget(opcodes, {id(opcode): after})
            elif opcode.opcode_byte == op.MP_BC_JUMP and id(opcode) not in aimed and self._skipped(opcodes, index, 1):
                self._invert(opcodes[index - 1], opcode.target)
            else:
                continue
            return self._inverted([*opcodes[:index], *opcodes[index + 1 :]])
        return opcodes

    def _skipped(self, opcodes, start, length):
        """Whether the instruction before is a condition for nothing but these."""
        before, after = opcodes[start - 1 : start], opcodes[start + length : start + length + 1]
        return before and after and before[0].opcode_byte in self._conditional and before[0].target is after[0]

    def _invert(self, opcode, target):
        first, second = self._conditional
        opcode.opcode_byte = second if opcode.opcode_byte == first else first
        opcode.target = target

    def _merged(self, opcodes):
        """Have one of two equal sequences after which nothing follows jump to the other, where that is shorter."""
        blocks = self._blocks(opcodes)
        ends = [index for index, opcode in enumerate(opcodes) if opcode.opcode_byte in self._last] if blocks else []
        pairs = [
            (self._common(opcodes, blocks, first, second), first, second)
            for first in ends
            for second in ends
            if first < second
        ]
        for length, first, second in sorted(pairs, reverse=True):
            shorter = length and self._jumping(opcodes, first - length + 1, second - length + 1, length)
            if shorter:
                return self._merged(shorter)
        return opcodes

    def _common(self, opcodes, blocks, first, second):
        """How many instructions that end at `first` are the same as those that end at `second`."""
        length = 0
        while length < second - first and self._same(opcodes, blocks, first - length, second - length):
            length += 1
        return length

    def _same(self, opcodes, blocks, first, second):
        return first >= 0 and blocks[first] == blocks[second] and self._equal(opcodes[first], opcodes[second])

    def _jumping(self, opcodes, first, second, length):
        """Have what is at `first` be a jump to the same at `second`; None when that is no shorter."""
        tool, op, jumps = self._tool, self._op, self._jumps(opcodes)
        targets = {id(opcodes[first + index]): opcodes[second + index] for index in range(length)}
        if any(opcode.opcode_byte in self._setups and id(opcode.target) in targets for opcode in jumps):
            return None
        size = self._size(opcodes)
        before = [(opcode, opcode.opcode_byte, opcode.target) for opcode in jumps]
        put = []
        if self._skipped(opcodes, first, length):
            self._invert(opcodes[first - 1], opcodes[second])
        else:
            put = [op(0, tool.MP_BC_FORMAT_OFFSET, op.MP_BC_JUMP, None, None)]
            put[0].target = opcodes[second]
        shorter = [*opcodes[:first], *put, *opcodes[first + length :]]
        self._retarget(shorter, targets)
        shorter = self._reached(shorter)
        if self._size(shorter) < size:
            return shorter
        for opcode, byte, target in before:
            opcode.opcode_byte, opcode.target = byte, target
        return None
