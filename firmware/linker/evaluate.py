"""What the code of a module makes when it runs, as far as that is known before it does.

The statements of a module are taken in order. Imports of linked modules, constants, functions and classes are known; every other
statement stays as it is, for `Module.rest`, and the names that it binds are in the dictionary that linked code shares.
"""

import ast
import operator
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
    """A function: its code, and the values of its default arguments."""

    ref: Ref
    code: object
    defaults: list
    keyword_defaults: dict


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


#: attributes of MicroPython's modules that are known beforehand, and those that have a symbol in its C code
_KNOWN = {
    ("sys", "implementation.name"): "micropython",
    ("micropython", "const"): Ref("mp_identity_obj"),
    ("sys", "print_exception"): Ref("mp_sys_print_exception_obj"),
}
#: expressions by which a program gets hold of what MicroPython has no name for
_EXPRESSIONS = {"type((lambda: (yield))())": Ref("mp_type_gen_instance")}
_EXTERNAL = {"sys": Ref("mp_module_sys")}
#: classes of MicroPython that linked classes derive from
_NATIVE = {name: Ref(f"mp_type_{name}") for name in ("ValueError", "OSError", "Exception", "dict")}
_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.LShift: operator.lshift, ast.BitOr: operator.or_,
}  # fmt: skip
_COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b}


class _Unknown(Exception):
    """The value of an expression is known at run time only."""


class Evaluator:
    """Takes modules apart.

    :param modules: {path: Module} of what is linked.
    :param platform: what `sys.platform` is on the device, None when it is not known.
    """

    def __init__(self, modules, platform):
        self._modules = modules
        self._platform = platform
        self._shared = {}  # name in the shared dictionary -> the module that binds it
        self._done = set()
        self.order = []  # modules, each after those that it imports

    def evaluate(self, module):
        """Fill in `module`, and first the linked ones that it imports."""
        if module.path in self._done:
            return
        self._done.add(module.path)
        _Body(self, module).run()
        self.order.append(module)

    def imported(self, path):
        """The linked module at `path`, a list, or None."""
        for candidate in ("/".join(path), "/".join([*path, "__init__"])):
            module = self._modules.get(candidate)
            if module:
                self.evaluate(module)
                return module
        return None

    def share(self, module, name):
        """A name in the shared dictionary for `name` of `module`."""
        shared = name
        if self._shared.get(shared, module) is not module or shared in _builtin_names():
            shared = f"{name}_{module.symbol}"
        self._shared[shared] = module
        return Shared(shared)

    def known(self, module, name):
        """The value of attribute `name` of MicroPython's `module`; raises KeyError."""
        if (module, name) == ("sys", "platform") and self._platform:
            return self._platform
        return _KNOWN[module, name]


def _builtin_names():
    import builtins

    return set(dir(builtins))


class _Body:
    """One module's code."""

    def __init__(self, linker, module):
        self._linker = linker
        self._module = module
        self._children = _children(module.tree.body, module.code, module.path)

    def run(self):
        for statement in self._module.tree.body:
            self._statement(statement)

    # ---- statements of the module

    def _statement(self, node):
        names = self._module.names
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._import(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
            names[node.name] = self._function(node, node.name).ref
            return
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        try:
            if isinstance(node, ast.If):
                for inner in node.body if self._value(node.test) else node.orelse:
                    self._statement(inner)
                return
            if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
                value = self._value(node.value)
                for target in node.targets:
                    names[target.id] = value
                return
        except _Unknown:
            pass
        self._keep(node)

    def _keep(self, node):
        """Leave a statement as code."""
        for name in _bound(node):
            if not isinstance(self._module.names.get(name), Shared):
                self._module.names[name] = self._linker.share(self._module, name)
        self._module.rest.append(node)

    def _import(self, node):
        left = []
        for alias in node.names:
            if not self._known_import(node, alias):
                left.append(alias)
        if left:
            node.names = left
            self._keep(node)

    def _known_import(self, node, alias):
        """Bind what an import brings, if that is known."""
        names = self._module.names
        bound = alias.asname or alias.name
        if isinstance(node, ast.Import):
            if alias.name in _EXTERNAL:
                names[bound] = _EXTERNAL[alias.name]
                return True
            return False
        path = self._module.resolve(node.level, node.module or "")
        if path is None:
            value = _KNOWN.get((node.module, alias.name))
            if value is not None:
                names[bound] = value
            return value is not None
        source = self._linker.imported(path)
        if source is not None and alias.name in source.names:
            names[bound] = source.names[alias.name]
            return True
        inner = self._linker.imported([*path, alias.name])
        if inner is not None:
            names[bound] = inner.ref
            return True
        if source is not None and source is not self._module:
            raise LinkError(f"{self._module.path}: {source.path} has no {alias.name}")
        return False

    # ---- functions and classes

    def _function(self, node, path):
        """The constant for a function."""
        ref = Ref(f"linked_fun_{self._module.symbol}_{path.replace('.', '_')}")
        defaults = [self._constant(value, node) for value in node.args.defaults]
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        keywords = {arg.arg: self._constant(value, node) for arg, value in pairs if value is not None}
        function = Function(ref, self._children[id(node)], defaults, keywords)
        self._module.objects.append(function)
        return function

    def _constant(self, node, where):
        try:
            return self._value(node)
        except _Unknown:
            raise LinkError(f"{self._module.path}:{where.lineno}: a default argument is known at run time only") from None

    def _class(self, node):
        module = self._module
        if node.decorator_list or node.keywords or len(node.bases) > 1:
            raise LinkError(f"{module.path}:{node.lineno}: only plain classes can be linked")
        is_open = node.name in module.open_classes
        base = self._base(node)
        body = _ClassBody(self, node, is_open)
        accessors = body.accessors or isinstance(base, Class) and base.accessors
        ref = Ref(f"linked_type_{module.symbol}_{node.name}")
        made = Class(ref, node.name, base, body.members, is_open, accessors)
        module.objects.append(made)
        if not is_open:
            module.names[node.name] = ref
            return
        shared = module.names[node.name] = self._linker.share(module, node.name)
        maker = ast.Call(plain(const("linked_open_obj")), [ast.Constant(node.name), plain(const(ref.symbol))], [])
        if isinstance(base, Shared):
            maker.args.append(plain(base.name))
        module.rest.append(ast.Assign([plain(shared.name)], maker))
        for attribute, value in body.rest:
            module.rest.append(ast.Assign([ast.Attribute(plain(shared.name), attribute)], value))

    def _base(self, node):
        if not node.bases:
            return None
        name = node.bases[0]
        if not isinstance(name, ast.Name):
            raise LinkError(f"{self._module.path}:{node.lineno}: a base that is not a name")
        value = self._module.names.get(name.id, _NATIVE.get(name.id))
        if isinstance(value, Ref):
            made = self._made(value)
            return made or value
        if isinstance(value, Shared) and node.name in self._module.open_classes:
            return value
        raise LinkError(f"{self._module.path}:{node.lineno}: the base of {node.name} is not in ROM")

    def _made(self, ref):
        for module in self._linker._modules.values():
            for made in module.objects:
                if made.ref == ref:
                    return made
        return None

    # ---- expressions

    def _value(self, node, scope=None):
        """The value of an expression: a Python constant or a Ref. Raises _Unknown."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            for names in (scope, self._module.names):
                if names is not None and node.id in names:
                    value = names[node.id]
                    if isinstance(value, Shared):
                        raise _Unknown
                    return value
            if node.id in ("bytes", "bytearray", "memoryview", "str", "int"):
                return Ref(f"mp_type_{node.id}")
            raise _Unknown
        if isinstance(node, ast.Tuple):
            return tuple(self._value(element, scope) for element in node.elts)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.IfExp):
            return self._value(node.body if self._value(node.test, scope) else node.orelse, scope)
        if isinstance(node, ast.UnaryOp):
            value = self._plain(node.operand, scope)
            if isinstance(node.op, ast.Not):
                return not value
            if isinstance(node.op, ast.USub):
                return -value
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _BINARY[type(node.op)](self._plain(node.left, scope), self._plain(node.right, scope))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
            return _COMPARE[type(node.ops[0])](self._plain(node.left, scope), self._plain(node.comparators[0], scope))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
            return self._value(node.args[0], scope)
        if isinstance(node, ast.Call) and ast.unparse(node) in _EXPRESSIONS:
            return _EXPRESSIONS[ast.unparse(node)]
        raise _Unknown

    def _plain(self, node, scope):
        value = self._value(node, scope)
        if isinstance(value, Ref):
            raise _Unknown
        return value

    def _attribute(self, node, scope):
        path = ast.unparse(node).split(".")
        if path[0] in _EXTERNAL and self._module.names.get(path[0]) == _EXTERNAL[path[0]]:
            try:
                return self._linker.known(path[0], ".".join(path[1:]))
            except KeyError:
                raise _Unknown from None
        if len(path) == 2 and isinstance(self._module.names.get(path[0]), Ref):
            source = self._linked(self._module.names[path[0]])
            value = source and source.names.get(path[1])
            if value is not None and not isinstance(value, Shared):
                return value
        raise _Unknown

    def _linked(self, ref):
        return next((module for module in self._linker._modules.values() if module.ref == ref), None)


class _ClassBody:
    """The members of a class: `members` in ROM, `rest` as (name, expression) to be set when the class is made."""

    def __init__(self, body, node, is_open):
        self._body = body
        self._node = node
        self._open = is_open
        self.members = {}
        self.rest = []
        self.accessors = False
        for statement in node.body:
            self._statement(statement)
        self.accessors = self.accessors or any(name in self.members for name in ("__setattr__", "__delattr__"))

    def _statement(self, node):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.members[node.name] = self._method(node)
        elif isinstance(node, ast.If):
            for inner in node.body if self._test(node.test) else node.orelse:
                self._statement(inner)
        elif isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            self._assign(node)
        else:
            self._refuse(node)

    def _test(self, node):
        try:
            return self._body._value(node, self.members)
        except _Unknown:
            self._refuse(node)

    def _assign(self, node):
        value = node.value
        try:
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "staticmethod":
                made = self._wrap("staticmethod", node.targets[0].id, [self._body._value(value.args[0], self.members)])
            else:
                made = self._body._value(value, self.members)
        except _Unknown:
            if not self._open:
                self._refuse(node)
            self.rest += [(target.id, value) for target in node.targets]
            return
        for target in node.targets:
            self.members[target.id] = made

    def _method(self, node):
        path = f"{self._node.name}.{node.name}"
        kinds = [ast.unparse(decorator) for decorator in node.decorator_list]
        if not kinds:
            return self._body._function(node, path).ref
        if kinds in (["staticmethod"], ["classmethod"]):
            return self._wrap(kinds[0], node.name, [self._body._function(node, path).ref])
        if kinds == ["property"]:
            self.accessors = True
            return self._wrap("property", node.name, [self._body._function(node, path).ref, None])
        if kinds == [f"{node.name}.setter"]:
            getter = self._body._made(self.members[node.name])
            getter.parts[1] = self._body._function(node, path + ".set").ref
            return getter.ref
        return self._refuse(node)

    def _wrap(self, kind, name, parts):
        module = self._body._module
        wrapper = Wrapper(Ref(f"linked_{kind}_{module.symbol}_{self._node.name}_{name}"), kind, parts)
        module.objects.append(wrapper)
        return wrapper.ref

    def _refuse(self, node):
        where = f"{self._body._module.path}:{node.lineno}"
        raise LinkError(f"{where}: this is known at run time only, and {self._node.name} is no open class: {ast.unparse(node)[:60]}")


def plain(text):
    """The expression of a name that is not looked up in any module."""
    return ast.Name(text, ast.Load(), fixed=True)


def const(symbol):
    """The name by which code that is left refers to a constant of the C code."""
    return "_rom_" + symbol


def constant_symbol(name):
    """The symbol for a name that `const` made, or None."""
    return name.removeprefix("_rom_") if name.startswith("_rom_") else None


def _bound(node):
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


def _children(statements, code, path):
    """{id of a function's node: its code} for the functions of a module and of its classes."""
    found = {}
    scopes = [scope for statement in statements for scope in _scopes(statement)]
    if len(scopes) != len(code.children):
        raise LinkError(f"{path}: {len(scopes)} scopes in the source, {len(code.children)} in the bytecode")
    for node, child in zip(scopes, code.children, strict=True):
        name = getattr(node, "name", None)
        if name is not None and name != child.simple_name.str:
            raise LinkError(f"{path}: {name} in the source is {child.simple_name.str} in the bytecode")
        found[id(node)] = child
        if isinstance(node, ast.ClassDef):
            found.update(_children(node.body, child, f"{path}.{name}"))
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
