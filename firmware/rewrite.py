"""Prepare modules of tests for MicroPython: compiled, with both values of `assert LEFT OP RIGHT` in its message."""

import ast
import io
import tokenize
from functools import cache

from firmware import mpy

_IMPORT = "\nfrom testrunner import compare as _compare\n"
_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


def modules(path):
    """The files that the tests in `path` need on the target: the module itself, and those beside it that it imports."""
    found = {}
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = True
            waiting += _imported(module)
    return list(found)


def _imported(module):
    for node in ast.walk(ast.parse(module.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            beside = module.with_name(f"{name}.py")
            if beside.is_file():
                yield beside


@cache
def files(path):
    """The same as (name, bytes) of the .mpy files to send, with the values of assertions kept."""
    return [(f"{module.stem}.mpy", _compile(module)) for module in modules(path)]


def _compile(module):
    # tracebacks name the module by its bare file name
    return mpy.compile(show_values(module.read_text()), module.name)


def show_values(source):
    """The source with each plain comparison that is asserted turned into a call of `testrunner.compare`.

    No line moves. Assertions of another form, or with a message of their own, stay as they are.
    """
    lines = source.splitlines(keepends=True)
    found = [node for node in ast.walk(ast.parse(source)) if _is_plain(node)]
    # from the last one up, so that the positions of those above stay true
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        _replace(lines, node, _as_call(_cut(lines, node), node.test.ops[0]))
    return "".join(lines) + (_IMPORT if found else "")


def _is_plain(node):
    return (
        isinstance(node, ast.Assert)
        and node.msg is None
        and isinstance(node.test, ast.Compare)
        and len(node.test.ops) == 1
    )


def _cut(lines, node):
    if node.lineno == node.end_lineno:
        return _columns(lines[node.lineno - 1], node.col_offset, node.end_col_offset)
    first = _columns(lines[node.lineno - 1], node.col_offset, None)
    last = _columns(lines[node.end_lineno - 1], 0, node.end_col_offset)
    return first + "".join(lines[node.lineno : node.end_lineno - 1]) + last


def _columns(line, start, end):
    return line.encode()[start:end].decode()  # ast counts columns in UTF-8 bytes


def _replace(lines, node, text):
    before = _columns(lines[node.lineno - 1], 0, node.col_offset)
    after = _columns(lines[node.end_lineno - 1], node.end_col_offset, None)
    lines[node.lineno - 1 : node.end_lineno] = (before + text + after).splitlines(keepends=True)


def _as_call(statement, operator):
    """`assert LEFT OP RIGHT` as a call, or unchanged where OP stands within parentheses."""
    operator = _OPERATORS[type(operator)]
    words = operator.split()
    tokens = list(tokenize.generate_tokens(io.StringIO(statement).readline))
    depth = 0
    for i, token in enumerate(tokens):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif depth == 0 and [t.string for t in tokens[i : i + len(words)]] == words:
            start, end = _offset(statement, token.start), _offset(statement, tokens[i + len(words) - 1].end)
            left, right = statement[len("assert") : start], statement[end:]
            return f"_compare({left.strip()}, {operator!r}, {right.strip()})"
    return statement


def _offset(text, position):
    row, column = position
    return sum(len(line) for line in text.splitlines(keepends=True)[: row - 1]) + column
