"""What the code of a module makes when it runs, as far as that is known before it does.

The statements of a module are taken in order. Imports of linked modules, constants, functions and classes are known; every other
statement stays as it is, for `Module.rest`, and the names that it binds are in the dictionary that linked code shares.
"""

import ast
import operator

from firmware.linker.objects import Class, Function, LinkError, Ref, Shared, Wrapper, const, plain
from firmware.linker.scopes import bound_names, children

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
_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class _Unknown(Exception):
    """The value of an expression is known at run time only."""


class Evaluator:
    """Takes modules apart.

    :param modules: {path: Module} of what is linked.
    :param platform: what `sys.platform` is on the device, None when it is not known.
    """

    def __init__(self, modules, platform):
        self.modules = modules
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
            module = self.modules.get(candidate)
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

    def made(self, ref):
        """The Function, Wrapper or Class of a constant, or None."""
        return next((made for module in self.modules.values() for made in module.objects if made.ref == ref), None)

    def linked(self, ref):
        """The linked module of a constant, or None."""
        return next((module for module in self.modules.values() if module.ref == ref), None)

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
        self.linker = linker
        self.module = module
        self._children = children(module.tree.body, module.code, module.path)

    def run(self):
        self._check()
        for statement in self.module.tree.body:
            self._statement(statement)

    def _check(self):
        """See that functions can do without globals of their own."""
        module = self.module
        for function in ast.walk(module.tree):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for node in ast.walk(function):
                    where = f"{module.path}:{getattr(node, 'lineno', 0)}"
                    if isinstance(node, ast.Global):
                        raise LinkError(f"{where}: a function cannot assign to a global that may be in ROM")

    # ---- statements of the module

    def _statement(self, node):
        names = self.module.names
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._import(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
            names[node.name] = self.function(node, node.name).ref
            return
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        try:
            if isinstance(node, ast.If):
                for inner in node.body if self.value(node.test) else node.orelse:
                    self._statement(inner)
                return
            if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
                value = self.value(node.value)
                for target in node.targets:
                    names[target.id] = value
                return
        except _Unknown:
            pass
        self._keep(node)

    def _keep(self, node):
        """Leave a statement as code."""
        for name in bound_names(node):
            if not isinstance(self.module.names.get(name), Shared):
                self.module.names[name] = self.linker.share(self.module, name)
        self.module.rest.append(node)

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
        names = self.module.names
        bound = alias.asname or alias.name
        if isinstance(node, ast.Import):
            if alias.name in _EXTERNAL:
                names[bound] = _EXTERNAL[alias.name]
                return True
            return False
        path = self.module.resolve(node.level, node.module or "")
        if path is None:
            value = _KNOWN.get((node.module, alias.name))
            if value is not None:
                names[bound] = value
            return value is not None
        source = self.linker.imported(path)
        if source is not None and alias.name in source.names:
            names[bound] = source.names[alias.name]
            return True
        inner = self.linker.imported([*path, alias.name])
        if inner is not None:
            names[bound] = inner.ref
            return True
        if source is not None and source is not self.module:
            raise LinkError(f"{self.module.path}: {source.path} has no {alias.name}")
        return False

    # ---- functions and classes

    def function(self, node, path, owner=None):
        """The constant for a function, which may be a method of the class `owner`."""
        ref = Ref(f"linked_fun_{self.module.symbol}_{path.replace('.', '_')}")
        defaults = [self._constant(value, node) for value in node.args.defaults]
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults)
        keywords = {arg.arg: self._constant(value, node) for arg, value in pairs if value is not None}
        function = Function(ref, self._children[id(node)], defaults, keywords, self._super(node, owner))
        self.module.objects.append(function)
        return function

    def _super(self, node, owner):
        """The class that `super()` means in a function; None where it is not called."""
        inner = [
            part
            for part in ast.walk(node)
            if part is not node and isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        ]
        outside = {id(part) for function in inner for part in ast.walk(function)}
        calls = {
            id(part.func)
            for part in ast.walk(node)
            if isinstance(part, ast.Call) and not part.args and not part.keywords
        }
        found = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in ("super", "__class__")]
        for name in found:
            if not owner or id(name) not in calls or id(name) in outside or name.id != "super":
                raise LinkError(f"{self.module.path}:{name.lineno}: {name.id} needs a class that is made at run time")
        return owner if found else None

    def _constant(self, node, where):
        try:
            return self.value(node)
        except _Unknown:
            raise LinkError(
                f"{self.module.path}:{where.lineno}: a default argument is known at run time only"
            ) from None

    def _class(self, node):
        module = self.module
        if node.decorator_list or node.keywords or len(node.bases) > 1:
            raise LinkError(f"{module.path}:{node.lineno}: only plain classes can be linked")
        is_open = node.name in module.open_classes
        base = self._base(node)
        ref = Ref(f"linked_type_{module.symbol}_{node.name}")
        body = _ClassBody(self, node, ref, is_open)
        accessors = body.accessors or isinstance(base, Class) and base.accessors
        made = Class(ref, node.name, base, body.members, is_open, accessors)
        module.objects.append(made)
        if not is_open:
            module.names[node.name] = ref
            return
        shared = module.names[node.name] = self.linker.share(module, node.name)
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
            raise LinkError(f"{self.module.path}:{node.lineno}: a base that is not a name")
        value = self.module.names.get(name.id, _NATIVE.get(name.id))
        if isinstance(value, Ref):
            made = self.linker.made(value)
            return made or value
        if isinstance(value, Shared) and node.name in self.module.open_classes:
            return value
        raise LinkError(f"{self.module.path}:{node.lineno}: the base of {node.name} is not in ROM")

    # ---- expressions

    def value(self, node, scope=None):
        """The value of an expression: a Python constant or a Ref. Raises _Unknown."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            for names in (scope, self.module.names):
                if names is not None and node.id in names:
                    value = names[node.id]
                    if isinstance(value, Shared):
                        raise _Unknown
                    return value
            if node.id in ("bytes", "bytearray", "memoryview", "str", "int"):
                return Ref(f"mp_type_{node.id}")
            raise _Unknown
        if isinstance(node, ast.Tuple):
            return tuple(self.value(element, scope) for element in node.elts)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.IfExp):
            return self.value(node.body if self.value(node.test, scope) else node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            return self._either(node, scope)
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
            return self.value(node.args[0], scope)
        if isinstance(node, ast.Call) and ast.unparse(node) in _EXPRESSIONS:
            return _EXPRESSIONS[ast.unparse(node)]
        raise _Unknown

    def _either(self, node, scope):
        """The value of `and` or `or`."""
        for part in node.values:
            value = self._plain(part, scope)
            if bool(value) == isinstance(node.op, ast.Or):
                break
        return value

    def _plain(self, node, scope):
        value = self.value(node, scope)
        if isinstance(value, Ref):
            raise _Unknown
        return value

    def _attribute(self, node, scope):
        path = ast.unparse(node).split(".")
        if path[0] in _EXTERNAL and self.module.names.get(path[0]) == _EXTERNAL[path[0]]:
            try:
                return self.linker.known(path[0], ".".join(path[1:]))
            except KeyError:
                raise _Unknown from None
        if len(path) == 2 and isinstance(self.module.names.get(path[0]), Ref):
            source = self.linker.linked(self.module.names[path[0]])
            value = source and source.names.get(path[1])
            if value is not None and not isinstance(value, Shared):
                return value
        raise _Unknown


class _ClassBody:
    """The members of a class: `members` in ROM, `rest` as (name, expression) to be set when the class is made."""

    def __init__(self, body, node, ref, is_open):
        self._body = body
        self._node = node
        self._ref = ref
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
            return self._body.value(node, self.members)
        except _Unknown:
            self._refuse(node)

    def _assign(self, node):
        value = node.value
        try:
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "staticmethod":
                made = self._wrap("staticmethod", node.targets[0].id, [self._body.value(value.args[0], self.members)])
            else:
                made = self._body.value(value, self.members)
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
            return self._body.function(node, path, self._ref).ref
        if kinds in (["staticmethod"], ["classmethod"]):
            return self._wrap(kinds[0], node.name, [self._body.function(node, path).ref])
        if kinds == ["property"]:
            self.accessors = True
            return self._wrap("property", node.name, [self._body.function(node, path).ref, None])
        if kinds == [f"{node.name}.setter"]:
            getter = self._body.linker.made(self.members[node.name])
            getter.parts[1] = self._body.function(node, path + ".set").ref
            return getter.ref
        return self._refuse(node)

    def _wrap(self, kind, name, parts):
        module = self._body.module
        wrapper = Wrapper(Ref(f"linked_{kind}_{module.symbol}_{self._node.name}_{name}"), kind, parts)
        module.objects.append(wrapper)
        return wrapper.ref

    def _refuse(self, node):
        where = f"{self._body.module.path}:{node.lineno}"
        raise LinkError(
            f"{where}: this is known at run time only, and {self._node.name} is no open class: {ast.unparse(node)[:60]}"
        )
