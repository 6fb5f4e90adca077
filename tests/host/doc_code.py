"""The code of the documentation: found in its pages, and run as its readers would."""

import re
import textwrap
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx
from servers import APPS, ROOT, free_port, interpreter, serving

from firmware import cert, libraries

DOCS = ROOT / "docs"

# what the text takes for granted: an app, and where a test asks it, one that says hello
_SYNC = "from microdot import Microdot\n\napp = Microdot()\n\n"
_HELLO = "@app.get('/')\ndef index(request):\n    return 'Hello, World!'\n\n"
_ASYNC = _SYNC.replace("microdot import", "microdot.asyncio import")

_FILES = {
    "templates/index.html": "{% args *names %}\n<h1>Hello</h1>\n",
    "my_templates/index.html": "<h1>Hello</h1>\n",
    "static/index.html": "<h1>Index</h1>\n",
    "static/style.css": "body { margin: 0 }\n",
    "log.txt": "all is well\n",
}
_JINJA_FILES = {"templates/index.html": "<h1>Hello</h1>\n"}


class Block(NamedTuple):
    """A piece of Python in a page, and the line it begins in."""

    line: int
    code: str


def blocks(path):
    """The Python of a page of the documentation, or of a Markdown file, in its order."""
    text = path.read_text()
    return list(_fenced(text) if path.suffix == ".md" else _indented(text.splitlines()))


def _fenced(text):
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(text.count("\n", 0, match.start()) + 2, match[1])


def _indented(lines):
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        starts = line.strip() == ".. code-block:: python" or line.endswith("::") and not line.lstrip().startswith("..")
        if not starts:
            continue
        margin = len(line) - len(line.lstrip())
        first = number
        while number < len(lines) and (not lines[number].strip() or lines[number].startswith(" " * (margin + 1))):
            number += 1
        yield Block(first + 2, textwrap.dedent("\n".join(lines[first:number])).strip() + "\n")


def program(code):
    """`code` made whole, as its reader would: an app where it has none, and a last line that starts the server."""
    if "Microdot(" not in code:
        code = (_ASYNC if "async def" in code else _SYNC) + (_HELLO if "TestClient(app)" in code else "") + code
    for test in re.findall(r"^def (test_\w+)\(\)", code, re.MULTILINE):
        code += f"\n{test}()\n"
    for test in re.findall(r"^async def (test_\w+)\(\)", code, re.MULTILINE):
        code += f"\nimport asyncio\nasyncio.run({test}())\n"
    if "create_app()" in code:
        code += "\napp = create_app()\n"
    if not re.search(r"^\s*(app|asyncio)\.run\((?!test)", code, re.MULTILINE):
        code += "\nif __name__ == '__main__':\n    app.run()\n"
    return code


@contextmanager
def served(code, runtime, unix_image, folder):
    """Run the program `code`; gives a client for it."""
    file = folder / "test.py"  # the name that the text gives it
    file.write_text(code)
    _prepare(folder, runtime, code)
    port = free_port()
    scheme = "https" if "ssl=" in code else "http"
    with ExitStack() as stack:
        server = stack.enter_context(serving(_command(runtime, unix_image, file, port), port, cwd=folder))
        client = httpx.Client(base_url=server.url("", scheme), verify=False, timeout=10)
        client.server = server
        yield stack.enter_context(client)


def _prepare(folder, runtime, code):
    files = {**_FILES, **(_JINJA_FILES if "microdot.jinja" in code else {})}
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    if "ssl=" in code:
        cert.make(["localhost"], folder, days=1)
    if runtime == "micropython" and "utemplate" in code:
        for path, contents in libraries.files("utemplate").items():
            (folder / "lib" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "lib" / path).write_bytes(contents)


def _command(runtime, unix_image, file, port):
    python = interpreter("cpython", None)
    if runtime == "gunicorn":
        return [*python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-tmp-dir", file.parent, "test:app"]
    if runtime == "uvicorn":
        return [*python, "-m", "uvicorn", "--port", port, "test:app"]
    return [*interpreter(runtime, unix_image), APPS / "run_example.py", file, port]
