"""Names and scopes in source code."""

import ast

from firmware.linker.objects import LinkError


def bound_names(node):
    """The names that a statement binds in its module."""
    names = []
    todo = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(current.name)
            continue
        if isinstance(current, ast.alias):
            names.append(current.asname or current.name.partition(".")[0])
        elif isinstance(current, ast.Name) and isinstance(current.ctx, ast.Store):
            names.append(current.id)
        todo += ast.iter_child_nodes(current)
    return names


def children(statements, code, path):
    """{id of a function's node: its code} for the functions of a module and of its classes."""
    found = {}
    scopes = [scope for statement in statements for scope in _scopes(statement)]
    if len(scopes) != len(code.children):
        raise LinkError(f"{path}: {len(scopes)} scopes in the source, {len(code.children)} in the bytecode")
    for node, child in zip(scopes, code.children):
        name = getattr(node, "name", None)
        if name is not None and name != child.simple_name.str:
            raise LinkError(f"{path}: {name} in the source is {child.simple_name.str} in the bytecode")
        found[id(node)] = child
        if isinstance(node, ast.ClassDef):
            found.update(children(node.body, child, f"{path}.{name}"))
    return found


def _scopes(node):
    """The scopes that are directly in `node`, in the order in which MicroPython compiles them."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        outer = [*node.decorator_list, *node.args.defaults, *[value for value in node.args.kw_defaults if value]]
        return [scope for part in outer for scope in _scopes(part)] + [node]
    if isinstance(node, ast.ClassDef):
        return [scope for part in node.decorator_list for scope in _scopes(part)] + [node]
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)):
        return [node]
    return [scope for part in ast.iter_child_nodes(node) for scope in _scopes(part)]
