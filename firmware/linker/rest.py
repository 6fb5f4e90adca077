"""The code that runs when a unit is imported: the statements of its modules that evaluate.py left, in one namespace."""

import ast

from firmware.linker.objects import LinkError, Ref, Shared, const, plain


def text(unit, modules):
    """The source of the code of a unit.

    :param modules: its modules, in the order in which they are to run.
    """
    statements = [ast.Expr(ast.Call(plain(const("linked_begin_obj")), [plain(const(unit.ref.symbol))], []))]
    for module in modules:
        statements += [_Rename(module).visit(node) for node in module.rest]
    return ast.unparse(ast.fix_missing_locations(ast.Module(statements, [])))


def _literal(value):
    if isinstance(value, Ref):
        return plain(const(value.symbol))
    return ast.Constant(value)


class _Rename(ast.NodeTransformer):
    """Names of a module in what is left of its code: constants, or names in the shared dictionary."""

    def __init__(self, module):
        self._module = module
        self._names = module.names

    def visit_ImportFrom(self, node):
        path = self._module.resolve(node.level, node.module or "") if node.level else None
        if path is not None:
            node.level, node.module = 0, ".".join(["microdot", *path])
        return self.generic_visit(node)

    def visit_Name(self, node):
        if getattr(node, "fixed", False):
            return node
        value = self._names.get(node.id, node)
        if isinstance(value, Shared):
            return plain(value.name)
        if value is node or not isinstance(node.ctx, ast.Load):
            return node
        return _literal(value)

    def visit_alias(self, node):
        value = self._names.get(node.asname or node.name)
        name = value.name if isinstance(value, Shared) else node.asname
        return ast.alias(node.name, name if name != node.name else None)

    def visit_FunctionDef(self, node):
        raise LinkError(f"{self._module.path}:{node.lineno}: {node.name} would be made at run time")

    visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = visit_FunctionDef
