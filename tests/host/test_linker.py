"""The framework linked into ROM: what it costs on the heap, and what the linker does with code that it cannot link."""

import copy
import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from firmware import boards, builders, mpy, sources, versions
from firmware.linker import layout
from firmware.linker.bytecode import Rewriter, Tables
from firmware.linker.shorten import Shortener
from firmware.paths import FRAMEWORK, PORTS, ROOT

LINKED = [path for root, others in layout.UNITS.items() for path in (root, *others)]
TOOL = ROOT / "firmware" / "linker" / "tool.py"
_HEAP = """
import gc, sys
if sys.argv[1] == "asyncio":
    import asyncio
    asyncio.core
gc.collect()
before = gc.mem_alloc()
if sys.argv[1] == "asyncio":
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot
gc.collect()
print(gc.mem_alloc() - before)
"""
_AGAIN = """
import sys
for flavour in ("microdot", "microdot.asyncio") * 2:
    for name in list(sys.modules):
        if name.partition(".")[0] == "microdot":
            del sys.modules[name]
    __import__(flavour)
    app = sys.modules[flavour].Microdot()
    app.get("/<int:n>")(lambda request, n: str(n))
    names = __import__("microdot.multidict").multidict.NoCaseDict({"A": app.url_map[0][1].match("/7")})
    print(names["a"])
"""
_TRACEBACK = """
from microdot import URLPattern
URLPattern("/<nothing:x")
"""


def run(image, source, *args, path=""):
    """What a program prints."""
    command = [image, "-c", source, *args]
    environment = {**os.environ, "MICROPYPATH": f"{path}:.frozen" if path else ".frozen"}
    # not where the files of the framework are
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=30)
    return done.stdout, done.stderr


@pytest.mark.parametrize(("flavour", "most"), [("sync", 6000), ("asyncio", 6000)])
def test_the_framework_takes_little_heap(unix_image, flavour, most):
    """In bytes of a machine of 64 bits; as modules of its own it would be 15,000."""
    out, err = run(unix_image, _HEAP.replace("sys.argv[1]", repr(flavour)))
    assert int(out) < most, err


def test_it_can_be_imported_again_and_again(unix_image):
    out, err = run(unix_image, _AGAIN)
    assert out == "{'n': 7}\n" * 4, err


def test_tracebacks_name_the_files_and_functions_of_the_framework(unix_image):
    _, err = run(unix_image, _TRACEBACK)
    assert 'File "microdot/routing.py"' in err and "in __init__" in err and "ValueError" in err


def test_files_come_before_what_is_linked(unix_image, tmp_path):
    (tmp_path / "microdot").mkdir()
    (tmp_path / "microdot" / "__init__.py").write_text("word = 'from a file'\n")
    out, err = run(unix_image, "import microdot; print(microdot.word)", path=tmp_path)
    assert out == "from a file\n", err


# ---- the linker by itself


@pytest.fixture(scope="module")
def tree():
    """MicroPython's source."""
    return sources.micropython_tree(versions.resolve())


@pytest.fixture(scope="module")
def tool(tree):
    """mpy-tool.py as a module."""
    path = tree / "tools" / "mpy-tool.py"
    sys.path.insert(0, str(path.parent))
    try:
        spec = importlib.util.spec_from_file_location("mpy_tool", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    module.config.native_arch = module.MP_NATIVE_ARCH_NONE
    return module


@pytest.fixture
def link(tree, tmp_path):
    """Link a framework of the modules that are given as text; returns the status and what was said."""

    def link(**modules):
        folder = tmp_path / "microdot"
        names = {name.replace("__in__", "/"): text for name, text in {"__init__": "", **modules}.items()}
        files = []
        for name, text in names.items():
            source = folder / f"{name}.py"
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text)
            files.append(tmp_path / f"{name.replace('/', '-')}.mpy")
            files[-1].write_bytes(mpy.compile(text, f"microdot/{name}.py", mpy.Options(optimise=3)))
        program = [sys.executable, TOOL, tree / "tools" / "mpy-tool.py", folder, "unix", "-f", *files]
        environment = {**os.environ, "MICROPY_MPYCROSS": str(sources.mpy_cross(versions.resolve()))}
        return subprocess.run(program, capture_output=True, text=True, env=environment, timeout=60)

    return link


def test_constants_functions_and_classes_leave_no_code(link):
    done = link(
        wire="""
SIZE = 4 * 1024
class Reader:
    limit = SIZE
    def read(self, n=SIZE, *, all=False):
        return n
    @property
    def size(self):
        return self.limit
def make():
    return Reader()
"""
    )
    assert done.returncode == 0, done.stderr
    assert "linked_type_microdot_wire_Reader" in done.stdout and "linked_fun_microdot_wire_Reader_read" in done.stdout
    assert "MP_ROM_INT(4096)" in done.stdout and "frozen_module_microdot_wire" not in done.stdout


def test_what_is_known_at_run_time_only_stays_code(link):
    done = link(wire="from time import ticks_ms\n\ndef now():\n    return ticks_ms()\n")
    assert done.returncode == 0, done.stderr
    assert "IMPORT_FROM 'ticks_ms'" in done.stdout and "LOAD_GLOBAL 'ticks_ms'" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import time\n\nclass Reader:\n    began = time.time()\n", "wire:4: this is known at run time only"),
        ("import time\n\ndef f(now=time.time()):\n    pass\n", "wire:3: a default argument is known at run time only"),
        ("class Reader:\n    def __init__(self):\n        self.base = __class__\n", "wire:3: __class__ needs a class that is made at run time"),
        ("class Reader:\n    def f(self):\n        return lambda: super().f()\n", "wire:3: super needs a class that is made at run time"),
        ("count = 0\n\ndef f():\n    global count\n    count += 1\n", "wire:4: a function cannot assign to a global"),
        ("from .request import nothing\n", "wire: request has no nothing"),
        ("import time\n\ntry:\n    def f(): pass\nexcept time.X:\n    pass\n", "wire:4: f would be made at run time"),
        ("def wraps(f): return f\n\nclass A(wraps(1)):\n    pass\n", "wire:3: a base that is not a name"),
    ],
)
def test_code_that_cannot_be_linked_is_named(link, text, said):
    done = link(wire=text, request="")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"linking the framework: {said}" in done.stderr


def test_names_that_two_modules_give_to_different_things_are_kept_apart(link):
    done = link(
        wire="from time import time\n\ndef f():\n    return time()\n",
        request="import time\n\ndef f():\n    return time.time()\n",
    )
    assert done.returncode == 0, done.stderr
    assert "LOAD_GLOBAL 'time'" in done.stdout and "LOAD_GLOBAL 'time_microdot_request'" in done.stdout


def test_a_shared_name_does_not_hide_a_builtin(link):
    done = link(
        wire="from io import open\n\ndef f():\n    return open('x')\n",
        request="def f():\n    return open('x')\n",
    )
    assert done.returncode == 0, done.stderr
    assert "LOAD_GLOBAL 'open_microdot_wire'" in done.stdout and "LOAD_GLOBAL 'open'" in done.stdout


def test_relative_imports_in_functions_start_from_the_package(link):
    done = link(
        asyncio__in____init__="",
        asyncio__in__polling="def f():\n    from ..wire import x\n    from .tasks import y\n    from .. import z\n    return x, y, z\n",
    )
    assert done.returncode == 0, done.stderr
    assert "IMPORT_NAME 'wire'" in done.stdout and "IMPORT_NAME 'asyncio.tasks'" in done.stdout and "IMPORT_NAME ''" in done.stdout


def test_imports_in_functions_of_what_is_there_anyway_are_constants(link):
    done = link(
        wire="def find(): pass\n", request="def f(x):\n    if x:\n        from .wire import find as found\n        return found\n    from .errors import fail\n"
    )
    assert done.returncode == 0, done.stderr
    assert "IMPORT_NAME 'wire'" not in done.stdout and "linked_fun_microdot_wire_find)" in done.stdout
    assert "IMPORT_NAME 'errors'" in done.stdout


def test_super_is_the_class_in_rom(link):
    done = link(wire="class Names(dict):\n    def pop(self, key, other):\n        return super().pop(key, other)\n")
    assert done.returncode == 0, done.stderr
    assert "MP_ROM_PTR(&linked_type_microdot_wire_Names)" in done.stdout and "LOAD_SUPER_METHOD 'pop'" in done.stdout
    assert "LOAD_DEREF" not in done.stdout and "LOAD_FAST 2" in done.stdout and "LOAD_FAST 3" not in done.stdout


def test_every_module_that_is_to_be_linked_exists():
    assert [path for path in LINKED if not (FRAMEWORK / f"{path}.py").is_file()] == []
    assert set(layout.OPEN) <= set(LINKED)


@pytest.mark.parametrize("name", [name for name in boards.all_names() if name != "webassembly"])
def test_every_build_compiles_the_part_that_runs_on_the_device(name, tmp_path):
    board = boards.load(name)
    job = builders.Job(board=board, version="1.25.0", tree=tmp_path / "tree", work=tmp_path, mpy_cross=tmp_path / "mpy-cross")
    words = [str(word) for step in builders.builder(board.port).steps(job) for word in step.cmd]
    given = [Path(word.partition("=")[2]) for word in words if "USER_C_MODULES=" in word]
    assert given in ([PORTS], [PORTS / "linker" / "micropython.cmake"])
    assert (PORTS / "linker" / ("micropython.mk" if given == [PORTS] else given[0].name)).is_file()


FILES = sorted([*(FRAMEWORK / f"{path}.py" for path in LINKED), *(ROOT / "tests" / "portable").glob("*.py")])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_bytecode_without_constants_comes_out_as_it_went_in(tool, tmp_path, file):
    """Decoded and encoded again, with all its jumps."""
    module = _compiled(tool, tmp_path, file.read_bytes(), file.name)
    tables = Tables(tool, module.source_file.str)
    for name in module.qstr_table:
        tables.name(name.str)
    for value in module.obj_table:
        tables.object(value)
    before = [code.fun_data for code in _codes(module.raw_code)]
    Rewriter(tool, tables, _unknown, _unknown, None).rewrite(module.raw_code)
    assert [code.fun_data for code in _codes(module.raw_code)] == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shortened_functions_do_the_same(tool, tmp_path, file):
    """Whichever way conditions go, and wherever there are exceptions."""
    module = _compiled(tool, tmp_path, file.read_bytes(), file.name)
    rewriter, shortener = Rewriter(tool, None, _unknown, _unknown, None), Shortener(tool)
    for code in _codes(module.raw_code):
        before = shortener._unbound(rewriter._decode(code))
        after = shortener.shorten(copy.deepcopy(before))
        assert shortener._size(after) <= shortener._size(before)
        for seed in range(10):
            assert _trace(tool, after, seed) == _trace(tool, before, seed), code.simple_name.str


_AS = """
def f(g, h):
    while True:
        try:
            return g()
        except OSError as error:
            if h(error): continue
            h(1)
        except ValueError as error:
            raise KeyError(error)
"""


def test_the_name_of_an_exception_takes_no_block_of_its_own(tool, tmp_path):
    code = _compiled(tool, tmp_path, _AS, "f.py").raw_code.children[0]
    assert code.prelude_signature[1] == 2 and "UNWIND_JUMP 2" in _listing(tool, code)
    Rewriter(tool, Tables(tool, "f.py"), _unknown, _unknown, None, shortener=Shortener(tool)).rewrite(code)
    listing = _listing(tool, code)
    assert code.prelude_signature[1] == 1 and "SETUP_FINALLY" not in listing and "DELETE_FAST" not in listing
    assert "UNWIND_JUMP 1" in listing and listing.count("STORE_FAST 2") == 3  # where the handler goes on, its name is None


def test_equal_ends_share_their_code(tool, tmp_path):
    text = "def f(x):\n    if x > 1:\n        raise KeyError(x)\n    if x is not None:\n        raise KeyError(x)\n    return 0\n"
    code = _compiled(tool, tmp_path, text, "f.py").raw_code.children[0]
    Rewriter(tool, Tables(tool, "f.py"), _unknown, _unknown, None, shortener=Shortener(tool)).rewrite(code)
    listing = _listing(tool, code)
    assert listing.count("RAISE_OBJ") == 1 and "not" not in " ".join(listing)


def _compiled(tool, tmp_path, text, name):
    path = tmp_path / "module.mpy"
    path.write_bytes(mpy.compile(text, name, mpy.Options(optimise=3)))
    tool.global_qstrs = tool.GlobalQStrList()
    return tool.read_mpy(str(path))


def _codes(code):
    return [code, *(inner for child in code.children for inner in _codes(child))]


def _listing(tool, code):
    """The instructions of a function, those that jump with how many blocks they leave."""
    opcodes = Rewriter(tool, None, _unknown, _unknown, None)._decode(code)
    return [" ".join([tool.Opcode.mapping[each.opcode_byte], *([str(each.extra_arg)] if each.extra_arg else [])]) for each in opcodes]


def _trace(tool, opcodes, seed):
    """What a function does on its way through random conditions and exceptions: its instructions without the jumps."""
    op, chance, place = tool.Opcode, random.Random(seed), {id(opcode): index for index, opcode in enumerate(opcodes)}
    setups = (op.MP_BC_SETUP_WITH, op.MP_BC_SETUP_EXCEPT, op.MP_BC_SETUP_FINALLY)
    ends = (op.MP_BC_RETURN_VALUE, op.MP_BC_RAISE_OBJ, op.MP_BC_RAISE_LAST, op.MP_BC_RAISE_FROM)
    done, index, blocks, negated = [], 0, [], False
    while len(done) < 200:
        opcode = opcodes[index]
        kind, index = opcode.opcode_byte, index + 1
        jumps = opcode.fmt == tool.MP_BC_FORMAT_OFFSET
        if kind in ends or kind >= op.MP_BC_BINARY_OP_MULTI and chance.random() < 0.1:
            done.append((kind, "ends" if kind in ends else "fails", len(blocks)))
            while blocks and place[id(blocks[-1])] < index:
                blocks.pop()
            if kind == op.MP_BC_RETURN_VALUE or not blocks:
                break
            index = place[id(blocks[-1])]
        elif kind in setups:
            blocks.append(opcode.target)
            done.append(kind)
        elif kind in (op.MP_BC_POP_EXCEPT_JUMP, op.MP_BC_UNWIND_JUMP):
            left = 1 if kind == op.MP_BC_POP_EXCEPT_JUMP else opcode.extra_arg & 0x7F
            blocks = blocks[: len(blocks) - left]
            done.append((kind, left))
            index = place[id(opcode.target)]
        elif kind in (op.MP_BC_POP_JUMP_IF_TRUE, op.MP_BC_POP_JUMP_IF_FALSE):
            value = chance.random() < 0.5
            done.append(("condition", value))
            if (value != negated) == (kind == op.MP_BC_POP_JUMP_IF_TRUE):
                index = place[id(opcode.target)]
        elif jumps and (kind == op.MP_BC_JUMP or chance.random() < 0.5):
            index = place[id(opcode.target)]
        elif not jumps and opcode is not None and kind != op.MP_BC_UNARY_OP_MULTI + 3:
            done.append((kind, repr(opcode.arg), opcode.extra_arg))
            if kind == op.MP_BC_END_FINALLY:
                blocks.pop()
        negated = kind == op.MP_BC_UNARY_OP_MULTI + 3
    return done


def _unknown(*_):
    raise KeyError
