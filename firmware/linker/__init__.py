"""Link the framework into ROM: its functions, classes and modules become constants of the image instead of heap objects.

MicroPython freezes bytecode, but what the code of a module makes when it is imported, it makes on the heap: an object for every
function, a dictionary for every module and class. For a framework these are the same objects on every start, so they are
written as C constants here, beside the bytecode, and take flash instead of RAM.

    layout.py      which modules are linked, and which of their classes programs may derive from and change
    objects.py     what linked modules consist of
    evaluate.py    what the code of a module makes: constants, functions, classes; the rest stays code
    scopes.py      names and scopes in source code
    bytecode.py    names of constants in bytecode become the constants
    shorten.py     bytecode that does the same in fewer bytes
    rest.py        what stays code
    attributes.py  what modules offer
    emit.py        the C
    tool.py        stands in for MicroPython's mpy-tool.py, which freezes the rest

What cannot be known before the image runs (what MicroPython's own modules hold, objects that change) is left as code, which runs
when the package is imported and keeps its names in one dictionary. firmware/ports/linker/ is the part that runs on the device.

Only the standard library is used: this runs under the Python that builds MicroPython.
"""

import sys
from pathlib import Path


def install(makemanifest, framework, port):
    """Have MicroPython's makemanifest.py, which runs this, call the linker where it would call mpy-tool.py.

    :param makemanifest: its module.
    :param framework: the folder of the framework's source.
    :param port: name of the port that is built.
    """
    if not hasattr(makemanifest, "system"):
        return  # somebody else reads the manifest, who freezes nothing
    if sys.version_info < (3, 9):  # noqa: UP036 - not the one that the toolkit runs on
        print(
            "the framework is not linked into ROM but frozen only: that takes Python 3.9, this is",
            sys.version.split()[0],
        )
        return
    run = makemanifest.system

    def system(command):
        tool = Path(command[1]) if len(command) > 1 else None
        if tool is None or tool.name != "mpy-tool.py":
            return run(command)
        linker = str(Path(__file__).with_name("tool.py"))
        return run([sys.executable, linker, str(tool), str(framework), port, *command[2:]])

    makemanifest.system = system
