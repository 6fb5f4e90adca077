"""What a linked module offers as attributes, and which strings that takes."""

import ast


def attributes(module, wanted):
    """{name: value} of what the module offers: what it defines, what it only passes on, and what others want of it."""
    imported, loaded = set(), set()
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and node in _top(module.tree):
            imported.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loaded.add(node.id)
    special = {"__path__": ".frozen/" + module.name.replace(".", "/")} if module.is_package else {}
    public = {
        name: value
        for name, value in module.names.items()
        if name in wanted
        or name in ("__version__", "__getattr__")
        or not name.startswith("_")
        and not (name in imported and name in loaded)
    }
    return {**special, **public}


def _top(tree):
    todo, found = [tree], []
    while todo:
        node = todo.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)
    return found


def strings(value):
    if isinstance(value, str):
        return [value] if len(value) < 25 else []
    if isinstance(value, tuple):
        return [text for part in value for text in strings(part)]
    return []


def object_strings(made):
    if hasattr(made, "members"):
        return [made.name, *made.members, *(text for value in made.members.values() for text in strings(value))]
    if hasattr(made, "code"):
        values = [*made.defaults, *made.keyword_defaults.values()]
        return [*made.keyword_defaults, *(text for value in values for text in strings(value))]
    return []
