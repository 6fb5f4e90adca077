"""Multipart bodies: random ones in random pieces, and uploads of real clients in bounded memory."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import APPS, ROOT, free_port, http, serving

from microdot.compat import drive
from microdot.multipart import MultipartReader, parse_header, safe_filename
from microdot.wire import ProtocolError

KINDS = ["cpython-sync", "cpython-asyncio", "micropython-sync", "micropython-asyncio"]
HEAP = "192K"  # of 64 bits: half of that on a device
parts = st.lists(
    st.binary(max_size=300) | st.lists(st.sampled_from([b"\r\n", b"--", b"xyz", b"-", b"\r", b"a"])).map(b"".join),
    max_size=5,
)


def body_of(datas):
    head = b"Content-Disposition: form-data; name=f\r\n\r\n"
    return b"".join(b"--xyz\r\n" + head + data + b"\r\n" for data in datas) + b"--xyz--\r\n"


def read_parts(body, sizes, buffer_size, piece):
    sizes = iter(sizes)

    async def read(n):
        nonlocal body
        n = min(n, next(sizes, n) or 1)
        data, body = body[:n], body[n:]
        return data

    async def read_all():
        reader = MultipartReader(read, b"xyz", buffer_size)
        found = []
        while await reader.next_part() is not None:
            data = b""
            while more := await reader.read(piece):
                assert len(more) <= piece
                data += more
            found.append(data)
        return found

    return drive(read_all())


@given(parts, st.lists(st.integers(1, 50), max_size=50), st.integers(1, 600), st.integers(1, 600))
def test_any_parts_in_any_pieces(datas, sizes, buffer_size, piece):
    datas = [data for data in datas if b"\r\n--xyz" not in b"\r\n" + data]
    assert read_parts(body_of(datas), sizes, buffer_size, piece) == datas


@given(st.binary(max_size=400))
def test_noise_is_refused_or_read(noise):
    for body in (noise, b"--xyz\r\n" + noise, body_of([b"1"])[:-5] + noise):
        try:
            read_parts(body, [], 64, 100)
        except ProtocolError as exc:
            assert exc.status == 400


@given(st.text())
def test_no_header_makes_the_parser_stumble(text):
    value, params = parse_header(text)
    assert isinstance(value, str) and isinstance(params, dict)


@given(st.text())
def test_safe_names_are_safe(name):
    safe = safe_filename(name)
    assert not safe.startswith(".") and not set(safe) & set("/\\\0\r\n\t\x7f")
    assert safe_filename(safe) == safe


@pytest.fixture(scope="module", params=KINDS)
def server(request, unix_image):
    runtime, flavour = request.param.split("-")
    port = free_port()
    command = [sys.executable] if runtime == "cpython" else [unix_image, "-X", f"heapsize={HEAP}"]
    with serving([*command, APPS / "upload.py", flavour, port], port) as server:
        yield server


def test_large_files_stream_through_a_small_heap(server):
    large, binary = os.urandom(3_000_000), bytes(range(256)) * 4
    files = {"large": ("large.bin", large, "application/x-large"), "other": ("../caf\xe9 \u20ac.bin", binary)}
    res = http.post(server.url("/stream"), data={"name": "caf\xe9"}, files=files, timeout=60)
    assert res.json() == [
        ["name", "caf\xe9"],
        ["large", "large.bin", "application/x-large", hashlib.sha256(large).hexdigest()],
        ["other", "caf\xe9 \u20ac.bin", "application/octet-stream", hashlib.sha256(binary).hexdigest()],
    ]


def test_form_of_curl(server, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "big.bin").write_bytes(bytes(9000))
    command = ["curl", "-s", "-F", "name=value", "-F", "notes=@notes.txt", "-F", "big=@big.bin", server.url("/form")]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(result.stdout) == {"form": {"name": "value"}, "files": {"notes": 5, "big": 9000}}


@pytest.mark.skipif(sys.platform == "win32", reason="no limits for files there")
def test_file_that_does_not_fit_leaves_nothing_behind(tmp_path):
    code = """
import os, resource, signal
from microdot import Microdot
from microdot.multipart import with_form_data
from microdot.test_client import TestClient

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
app = Microdot()
app.post('/')(with_form_data(lambda request: 'never'))
head = b'--xyz\\r\\nContent-Disposition: form-data; name=f; filename=f\\r\\n\\r\\n'
body = head + bytes(4000) + b'\\r\\n' + head + bytes(12000) + b'\\r\\n--xyz--\\r\\n'
response = TestClient(app).post('/', {'Content-Type': 'multipart/form-data; boundary=xyz'}, body)
print(response.status_code, os.listdir())
"""
    command = [sys.executable, "-B", "-c", code]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert result.stdout == "500 []\n"
    assert "File too large" in result.stderr


def test_chunked_form(server):
    body = body_of([b"x" * 100])
    content = (body[i : i + 7] for i in range(0, len(body), 7))
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    assert http.post(server.url("/form"), content=content, headers=headers).json() == {
        "form": {"f": "x" * 100},
        "files": {},
    }


def test_malformed_form_is_a_bad_request(server):
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    assert http.post(server.url("/form"), content=body_of([b"x"])[:-9], headers=headers).status_code == 400
    assert http.post(server.url("/form"), content=body_of([b"x" * 20000]), headers=headers).status_code == 413
    assert http.post(server.url("/form"), content=body_of([b"ok"]), headers=headers).status_code == 200
