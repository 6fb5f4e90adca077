"""The documentation: it builds without a warning, its tables follow from the code, and its programs run."""

# ruff: noqa: F811 - fixtures are imported, and named as parameters

import ast
import importlib.util
import posixpath
import re
import shlex
import shutil
import subprocess
import sys

import click
import pytest
from doc_code import DOCS, blocks, program, served
from examples import example
from servers import ROOT, http
from sphinx.util.inventory import InventoryFile
from typing_stubs import FRAMEWORK, check, stubs  # noqa: F401
from websockets.sync.client import connect

from firmware.cli import COMMANDS, microdot
from microdot.app import Application
from microdot.request import Request

both = pytest.mark.parametrize("runtime", ["cpython", "micropython"])


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


docs_tables = load_script("docs_tables")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """How the build of the site ended, and the folder with it."""
    folder = tmp_path_factory.mktemp("site")
    command = ["make", "-C", DOCS, f"PYTHON={sys.executable}", f"OUT={folder}"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120), folder / "html"


def test_the_site_builds_without_a_warning(built):
    result, site = built
    assert (result.returncode, result.stderr) == (0, "")
    for page in ("index", "extensions/sessions", "source/microdot/wire.py", "source/examples/sessions/login.py"):
        assert (site / f"{page}.html").is_file()
    assert "microdot.session.Session.initialize" in (site / "api" / "sessions.html").read_text()


def test_the_stubs_have_all_that_the_reference_names(built, stubs):
    with open(built[1] / "objects.inv", "rb") as file:
        inventory = InventoryFile.load(file, "", posixpath.join)
    names = [name for kind in inventory if kind.startswith("py:") and kind != "py:module" for name in inventory[kind]]
    # what is imported from a module of the engine is found there too, where nobody has to look
    inner = tuple(f"microdot.{file.stem}." for file in FRAMEWORK.glob("*.py") if not file.with_suffix(".pyi").exists())
    names = [name for name in names if not name.startswith(inner)]
    modules = {file.relative_to(stubs).with_suffix("").as_posix() for file in stubs.rglob("*.pyi")}
    imports = [f"import {module.replace('/', '.').removesuffix('.__init__')}" for module in sorted(modules)]
    lines = [*imports, *names]
    (stubs / "reference.py").write_text("\n".join(lines) + "\n")
    assert [lines[line - 1] for _, line, _ in check(stubs, stubs, ["reference.py"])] == []
    assert len(names) > 200


# ---- tables that follow from the code


def test_the_tables_are_up_to_date():
    assert docs_tables.main(check=True) == 0


def test_each_extension_has_a_page_with_a_table():
    pages = {path.stem for path in (DOCS / "extensions").glob("*.rst")} - {"index"}
    assert pages == set(docs_tables.EXTENSIONS)
    modules = {path for extension in docs_tables.EXTENSIONS.values() for path in extension.examples}
    assert all((ROOT / "examples" / path).is_file() for path in modules)


def test_a_table_between_its_marks_is_replaced():
    begin, end = docs_tables._BEGIN.format("x"), docs_tables._END
    assert docs_tables.updated(f"a\n{begin}old\n{end}b", "x", "new\n") == f"a\n{begin}new\n{end}b"
    with pytest.raises(ValueError, match="no place for the table 'y'"):
        docs_tables.updated(f"a\n{begin}old\n{end}b", "y", "new\n")


@pytest.mark.parametrize("micropython", [True, False])
def test_imports_of_the_other_runtime_are_not_required(micropython):
    source = """
        from .compat import MICROPYTHON
        if MICROPYTHON:
            from . import routing
        else:
            from .wire import x
        def f():
            if not MICROPYTHON:
                from .pem import y
                return
            from .urlcode import z
    """
    tree = ast.parse("if True:\n" + source)
    names = [
        node.module or node.names[0].name
        for node in docs_tables._reached(tree.body, micropython)
        if isinstance(node, ast.ImportFrom)
    ]
    assert names == (["compat", "routing", "urlcode"] if micropython else ["compat", "wire", "pem"])


RUNS = [
    (name, path, runtime)
    for name, extension in docs_tables.EXTENSIONS.items()
    for path in extension.examples
    for runtime in ("cpython", "micropython")
    if runtime == "cpython" or extension.compatibility == docs_tables.BOTH
    if not path.startswith("tls/") and ("wsgi" in path) == ("wsgi" in name) and ("asgi" in path) == ("asgi" in name)
]


@pytest.mark.parametrize(("name", "path", "runtime"), RUNS)
def test_the_required_files_are_enough(name, path, runtime, unix_image, tmp_path):
    on_device = runtime == "micropython"
    source = (ROOT / "examples" / path).read_text()
    flavour = docs_tables.ASYNC if "microdot.asyncio" in source else docs_tables.SYNC
    files = docs_tables.required([*docs_tables.EXTENSIONS[name].roots, flavour], on_device)
    for module in re.findall(r"from microdot\.([\w.]+) import", source):  # what it wants beside this extension
        path_of_module = module.replace(".", "/") + ".py"
        if (ROOT / "microdot" / path_of_module).is_file():
            files |= docs_tables.required([path_of_module], on_device)
    for file in files:
        target = tmp_path / "only" / "microdot" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "microdot" / file, target)
    server = {"wsgi": "gunicorn", "asgi": "uvicorn"}.get(name.partition("_")[0], runtime)
    with example(path, server, unix_image, tmp_path, extra=tmp_path / "only") as running:
        assert http.get(running.url()).status_code in (200, 302, 401)
        if "echo" in path:
            with connect(running.url("/echo", "ws")) as ws:
                ws.send("hello")
                assert ws.recv(timeout=5) == "hello"


def test_every_command_is_told_of():
    text = (DOCS / "toolkit.rst").read_text()
    assert [name for rows in COMMANDS.values() for name in rows if f"``microdot {name}" not in text] == []


PAGES = [
    ROOT / "README.md",
    ROOT / "examples/README.md",
    ROOT / "boards/README.md",
    *(DOCS.glob("*.rst")),
    *(DOCS.glob("*/*.rst")),
]
# in a Markdown file between its fences, in the others indented
LINES = {
    line.strip()
    for page in PAGES
    for text in (
        re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S) if page.suffix == ".md" else [page.read_text()]
    )
    for line in re.findall(rf"^{' *' if page.suffix == '.md' else ' {4}'}((?:microdot|make) [\w.-][^#\n]*)", text, re.M)
}


@pytest.mark.parametrize("line", sorted(LINES))
def test_every_command_line_is_one(line):
    """None is run: `make -n` only prints, and click takes the words apart with no app, board or device behind them."""
    program, *words = shlex.split(line)
    if program == "make":
        subprocess.run(["make", "-n", "-o", ".venv/ready", *words], cwd=ROOT, check=True, capture_output=True)
        return
    command = microdot
    if words[0] in microdot.list_commands(None):
        command = microdot.get_command(None, words.pop(0))
    command.make_parser(click.Context(command)).parse_args(words)


def test_every_board_and_group_is_told_of():
    text = (DOCS / "boards.rst").read_text()
    assert [
        path.parent.name for path in ROOT.glob("boards/*/board.json") if f"``{path.parent.name}``" not in text
    ] == []
    tree = ast.parse((ROOT / "manifest.py").read_text())
    groups = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if getattr(node, "targets", None) and node.targets[0].id == "GROUPS"
    )
    assert [name for name in groups if f"``{name}``" not in text] == []
    named = []
    code = blocks(DOCS / "boards.rst")[0].code
    exec(code, {"freeze": lambda path: None, "require": lambda name, groups: named.extend(groups)})
    assert named and set(named) <= set(groups)


def test_the_limits_are_what_the_page_says(unix_image):
    rows = re.findall(
        r"\* - ``(app|Request)\.(\w+)``\n     - (\S.*)\n     - (\S.*)\n", (DOCS / "guide" / "serving.rst").read_text()
    )
    assert len(rows) == 10
    classes = {"app": Application, "Request": Request}
    code = "from microdot.app import Application as app\nfrom microdot.request import Request\n"
    code += "".join(f"print({where}.{name})\n" for where, name, _, _ in rows)
    there = subprocess.run([unix_image, "-c", code], check=True, capture_output=True, text=True, cwd="/").stdout.split()
    for (where, name, host, device), value in zip(rows, there):
        assert getattr(classes[where], name) == number(host)
        if "boards" not in device:
            assert int(value) == number(device)


def number(text):
    return int(text.split()[0]) * (1024 if text.endswith("KiB") else 1)


# ---- programs: what a page of the guide shows works together


def page_program(path):
    """All of a page as one program, in its order, but what starts the server last."""
    found = [block.code for block in blocks(path)]
    return program("\n".join(sorted(found, key=lambda code: "app.run(" in code)))


@pytest.fixture
def serve(unix_image, tmp_path):
    def serve(page, runtime):
        return served(page_program(DOCS / page), runtime, unix_image, tmp_path)

    return serve


def ask(client, method, path, **options):
    response = client.request(method, path, **options)
    return response.status_code, response.text


@both
def test_the_first_page(serve, runtime):
    with serve("guide/start.rst", runtime) as client:
        assert client.get("/").text == "Hello, world!"
        assert client.get("/page").headers["content-type"] == "text/html"
        assert client.get("/old").headers["location"] == "/page"


@both
def test_the_program_of_the_front_page_and_of_the_readme(unix_image, tmp_path, runtime):
    for path, text in ((DOCS / "index.rst", "Hello, world!"), (ROOT / "README.md", "Hello from blink!")):
        with served(page_program(path), runtime, unix_image, tmp_path) as client:
            assert client.get("/").text == text


@both
def test_routes(serve, runtime):
    with serve("guide/routes.rst", runtime) as client:
        assert ask(client, "GET", "/") == (200, "Hello, world!")
        assert ask(client, "POST", "/settings") == (200, "Saved")
        assert ask(client, "PUT", "/light") == (200, "Switched")
        assert client.get("/light").headers["allow"] == "PUT, OPTIONS"
        assert ask(client, "GET", "/users/J%C3%B6rg") == (200, "User Jörg")
        assert client.get("/pins/-5").json() == {"pin": -5}
        assert ask(client, "GET", "/pins/five")[0] == 404
        assert ask(client, "GET", "/files/a/b.txt") == (200, "File a/b.txt")
        assert ask(client, "GET", "/colors/ff0000") == (200, "Color #ff0000")
        assert ask(client, "GET", "/colors/red")[0] == 404
        assert ask(client, "GET", "/lamp/dim") == (200, "30 %")
        assert ask(client, "GET", "/lamp/bright")[0] == 404
        assert ask(client, "GET", "/users/")[0] == 404


@both
def test_requests(serve, runtime):
    with serve("guide/requests.rst", runtime) as client:
        assert client.get("/where").json() == {"method": "GET", "path": "/where", "client": "127.0.0.1"}
        assert client.get("/search?limit=3&tag=a&tag=b").json() == {"limit": 3, "tags": ["a", "b"]}
        headers = {"User-Agent": "test", "Cookie": "theme=dark"}
        assert ask(client, "GET", "/browser", headers=headers) == (200, "test, dark")
        assert client.post("/light", json={"on": False}).json() == {"on": True}
        broken = {"content": "on", "headers": {"Content-Type": "application/json"}}
        assert ask(client, "POST", "/light", **broken)[0] == 400
        assert ask(client, "POST", "/name", data={"name": "Ann"}) == (200, "Hello, Ann")
        assert ask(client, "PUT", "/firmware", content=bytes(200000)) == (200, "200000 bytes")


@both
def test_responses(serve, runtime):
    with serve("guide/responses.rst", runtime) as client:
        assert client.get("/text").headers["content-type"] == "text/plain; charset=UTF-8"
        assert client.get("/json").json() == {"celsius": 21.5}
        assert [ask(client, "GET", path) for path in ("/nothing", "/created", "/status")] == [
            (204, ""),
            (201, "Made"),
            (202, ""),
        ]
        assert client.get("/html").headers["content-type"] == "text/html"
        assert (client.get("/all").status_code, client.get("/all").headers["retry-after"]) == (503, "10")
        assert client.get("/old").headers["location"] == "/text"
        assert ask(client, "GET", "/secret") == (403, "Not for you")
        cookie = client.get("/dark").headers["set-cookie"]
        assert cookie == "theme=dark; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"
        assert "Max-Age=0" in client.get("/default").headers["set-cookie"]
        assert ask(client, "GET", "/log") == (200, "all is well\n")
        assert client.get("/log").headers["cache-control"] == "max-age=60"
        assert ask(client, "GET", "/numbers") == (200, "0\n1\n2\n3\n4\n")


@both
def test_hooks_and_errors(serve, runtime):
    with serve("guide/hooks.rst", runtime) as client:
        assert (client.get("/?user=ann").text, client.get("/?user=ann").headers["x-user"]) == ("Hello, ann", "ann")
        assert ask(client, "GET", "/private") == (401, "Who are you?")
        assert ask(client, "GET", "/private?user=ann") == (200, "Private")
        assert client.get("/none").json() == {"error": "nothing at /none"}
        assert client.get("/none").headers["x-failed"] == "yes"
        assert client.get("/divide/1/0").json() == {"error": "divided by zero"}
        assert ask(client, "GET", "/teapot") == (418, "I am a teapot")


@both
def test_parts(serve, runtime):
    with serve("guide/parts.rst", runtime) as client:
        assert ask(client, "GET", "/notes/") == (200, "All notes, at /notes")
        assert ask(client, "GET", "/notes/7") == (200, "Note 7")
        assert ask(client, "GET", "/admin/") == (403, "Wrong PIN")
        assert ask(client, "GET", "/admin/?pin=1234") == (200, "Welcome")


@both
def test_serving_until_shutdown(serve, runtime):
    with serve("guide/serving.rst", runtime) as client:
        assert client.get("/").text == "Hello, world!"
        assert client.post("/shutdown").text == "The server is shutting down"
        assert client.server.process.wait(10) == 0


@both
def test_testing(serve, runtime):
    with serve("guide/testing.rst", runtime) as client:
        assert client.post("/double", json={"number": 4}).json() == {"result": 8}


def single_block(page, number):
    return program(blocks(DOCS / page)[number].code)


@both
def test_a_program_for_version_2(unix_image, tmp_path, runtime):
    with served(single_block("migration.rst", 0), runtime, unix_image, tmp_path) as client:
        assert client.get("/").text.strip() == "<h1>Hello</h1>"


@both
def test_a_program_for_version_1(unix_image, tmp_path, runtime):
    with served(single_block("migration.rst", 1), runtime, unix_image, tmp_path) as client:
        assert client.get("/").text == "Not logged in"
        client.post("/", data={"username": "susan"})
        assert client.get("/").text == "susan"
        client.post("/logout")
        assert client.get("/").text == "Not logged in"


def test_deployed_programs(unix_image, tmp_path):
    with served(single_block("deployment.rst", 0), "gunicorn", unix_image, tmp_path) as client:
        assert client.get("/").text.startswith("Hello from gunicorn")
    with served(single_block("deployment.rst", 1), "uvicorn", unix_image, tmp_path) as client:
        assert client.get("/").text == "Hello, 127.0.0.1"


def test_every_program_is_run():
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.rst") if blocks(path)}
    pages = {page for page in pages if not page.startswith("extensions/")}
    with open(__file__) as file:
        text = file.read()
    assert [page for page in sorted(pages) if page.rpartition("/")[2] not in text] == []
    assert len(blocks(DOCS / "migration.rst")) == len(blocks(DOCS / "deployment.rst")) == 2
