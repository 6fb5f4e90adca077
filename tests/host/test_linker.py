"""The framework linked into ROM: what it costs on the heap, and what the linker does with code that it cannot link."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware import boards, builders, mpy, sources, versions
from firmware.linker import layout
from firmware.linker.bytecode import Rewriter, Tables
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
    print(app.url_map[0][1].match("/7"))
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
        ("class Reader:\n    def __init__(self):\n        super().__init__()\n", "wire:3: super needs a class that is made at run time"),
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
    compiled = tmp_path / "module.mpy"
    compiled.write_bytes(mpy.compile(file.read_bytes(), file.name, mpy.Options(optimise=3)))
    tool.global_qstrs = tool.GlobalQStrList()
    module = tool.read_mpy(str(compiled))
    tables = Tables(tool, module.source_file.str)
    for name in module.qstr_table:
        tables.name(name.str)
    for value in module.obj_table:
        tables.object(value)
    before = _codes(module.raw_code)
    Rewriter(tool, tables, _unknown, _unknown, None).rewrite(module.raw_code)
    assert _codes(module.raw_code) == before


def _codes(code):
    return [code.fun_data, *(data for child in code.children for data in _codes(child))]


def _unknown(*_):
    raise KeyError
