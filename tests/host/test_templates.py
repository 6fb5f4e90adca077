"""Templates: uTemplate on both runtimes, Jinja on CPython."""

import asyncio
import importlib
import json
import os
import subprocess

import pytest
from servers import APPS, ROOT, interpreter

from firmware import libraries
from microdot import Microdot
from microdot.asyncio import Microdot as AsyncMicrodot
from microdot.asyncio.test_client import TestClient as AsyncTestClient
from microdot.test_client import TestClient


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with templates in it."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "templates" / "hello.txt").write_text("{% args name %}\nHello, {{ name }}!\n")
    (tmp_path / "templates" / "escaped.html").write_text(
        "{% args name %}\n{% set from microdot.utemplate import escape %}\n<p>{{ escape(name) }}</p>\n"
    )
    (tmp_path / "other" / "hello.txt").write_text("{% args name %}\nBye, {{ name }}!\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_utemplate(runtime, unix_image, folder):
    library = libraries.unpacked("utemplate")
    paths = {"PYTHONPATH": f"{ROOT}:{library}:{folder}", "MICROPYPATH": f".frozen:{library}:{folder}"}
    result = subprocess.run(
        [*map(str, interpreter(runtime, unix_image)), str(APPS / "utemplates.py")],
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr + result.stdout
    assert json.loads(result.stdout) == {
        "default": ["Hello, ", "foo", "!\n"],
        "name": "hello.txt",
        "render": "Hello, foo!\n",
        "async": ["Hello, ", "foo", "!\n"],
        "sync app": ["Hello, foo!\n"] * 2,
        "asyncio app": ["Hello, foo!\n"] * 3,
        "escaped": "<p>&lt;b&gt;&quot;it&#39;s&quot; &amp; so</p>\n",
        "other": "Bye, foo!\n",
        "compiled": "Hello, foo!\n",
    }


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_a_utemplate_that_has_changed_is_compiled_again_at_the_next_start(runtime, unix_image, folder):
    library = libraries.unpacked("utemplate")
    paths = {"PYTHONPATH": f"{ROOT}:{library}:{folder}", "MICROPYPATH": f".frozen:{library}:{folder}"}
    code = "from microdot.utemplate import Template; print(Template('hello.txt').render('foo'))"
    template = folder / "templates" / "hello.txt"
    for greeting in ("Hello", "Good day"):
        template.write_text("{% args name %}\n" + greeting + ", {{ name }}!\n")
        os.utime(template, (4e9, 4e9) if greeting == "Good day" else None)  # long after it was compiled
        command = [*map(str, interpreter(runtime, unix_image)), "-c", code]
        shown = subprocess.run(
            command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True, timeout=60
        )
        assert shown.stdout.strip() == f"{greeting}, foo!", shown.stderr


@pytest.fixture
def jinja(tmp_path, monkeypatch):
    """microdot.jinja, fresh, in a working directory with templates."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.html").write_text("<p>Hello, {{ name }}!</p>")
    (tmp_path / "templates" / "hello.txt").write_text("Hello, {{ name }}!")
    monkeypatch.chdir(tmp_path)
    import microdot.jinja

    return importlib.reload(microdot.jinja)


def test_jinja_renders_and_escapes(jinja):
    assert jinja.render_template("hello.txt", name="foo") == "Hello, foo!"
    assert jinja.render_template("hello.txt", name="<b>") == "Hello, <b>!"
    assert jinja.render_template("hello.html", name="<b>") == "<p>Hello, &lt;b&gt;!</p>"
    template = jinja.Template("hello.html")
    assert template.name == "hello.html"
    assert template.render(name="<b>") == "<p>Hello, &lt;b&gt;!</p>"
    assert "".join(template.generate(name="<b>")) == "<p>Hello, &lt;b&gt;!</p>"


def test_jinja_in_another_folder_and_with_other_options(jinja, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "hello.txt").write_text("Bye, {{ name }}!")
    jinja.init_templates("other")
    assert jinja.render_template("hello.txt", name="foo") == "Bye, foo!"
    jinja.Template.initialize("templates", autoescape=False, trim_blocks=True)
    assert jinja.Template.jinja_env.trim_blocks
    assert jinja.Template("hello.html").render(name="<b>") == "<p>Hello, <b>!</p>"


def test_jinja_templates_as_responses(jinja):
    jinja.Template.initialize(enable_async=True)
    app, async_app = Microdot(), AsyncMicrodot()

    @app.get("/")
    def index(request):
        return jinja.render_template("hello.html", name="foo")

    @app.get("/pieces")
    def pieces(request):
        return jinja.Template("hello.html").generate(name="foo")

    @async_app.get("/")
    async def index_async(request):
        return await jinja.Template("hello.html").render_async(name="foo")

    @async_app.get("/pieces")
    async def pieces_async(request):
        return jinja.Template("hello.html").generate_async(name="foo")

    for path in ("/", "/pieces"):
        assert TestClient(app).get(path).text == "<p>Hello, foo!</p>"
        assert asyncio.run(AsyncTestClient(async_app).get(path)).text == "<p>Hello, foo!</p>"
