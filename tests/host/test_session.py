"""Session tokens between runtimes, and against PyJWT."""

import json
import subprocess
import sys
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import ROOT, interpreter

from microdot import jwt_hs256, pyjwt, session

KEY = "a secret of thirty-two characters"
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(codec="utf-8")),
    st.lists,
    max_leaves=5,
)
payloads = st.dictionaries(
    st.text(st.characters(codec="utf-8")).filter(lambda name: name not in ("exp", "iss")), values
)


def test_pyjwt_is_used_where_it_is():
    assert session.decode is pyjwt.decode and pyjwt.jwt is jwt


@given(payloads, st.text(st.characters(codec="utf-8"), min_size=32))
def test_codec_of_our_own_and_pyjwt_understand_each_other(payload, key):
    options = {"verify_" + name: False for name in ("aud", "iat", "iss", "jti", "nbf", "sub")}
    assert jwt.decode(jwt_hs256.encode(payload, key), key, algorithms=["HS256"], options=options) == payload
    assert jwt_hs256.decode(jwt.encode(payload, key), key) == payload


@given(st.text())
def test_no_text_is_a_token(text):
    with pytest.raises(ValueError):
        jwt_hs256.decode(text, KEY)
    assert session.Session(secret_key=KEY).decode(text) == {}


@given(st.data())
def test_no_change_of_a_token_goes_unnoticed(data):
    token = jwt_hs256.encode({"user": "me"}, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.characters(codec="ascii").filter(lambda char: char != token[at]))
    changed = token[:at] + char + token[at + 1 :]
    with pytest.raises(ValueError):
        jwt_hs256.decode(changed, KEY)
    assert session.Session(secret_key=KEY).decode(changed) == {}


def test_algorithms_of_pyjwt_other_than_ours_are_refused():
    sessions = session.Session(secret_key="k" * 64)
    for algorithm in ("HS384", "HS512", "none"):
        token = jwt.encode({"user": "me"}, None if algorithm == "none" else "k" * 64, algorithm=algorithm)
        assert sessions.decode(token) == {}
        with pytest.raises(ValueError):
            jwt_hs256.decode(token, "k" * 64)


def run(runtime, image, code, *, without_pyjwt=False):
    """What a script prints as JSON; it has Session, and `tokens` of `arguments`."""
    hide = "import sys; sys.modules['jwt'] = None\n" if without_pyjwt else ""
    code = f"{hide}import json\nfrom microdot.session import Session\nsessions = Session(secret_key={KEY!r})\n{code}"
    result = subprocess.run(
        [*map(str, interpreter(runtime, image)), "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout)


RUNTIMES = {"PyJWT": ("cpython", False), "CPython alone": ("cpython", True), "MicroPython": ("micropython", False)}
PAYLOAD = {"user": "caf\xe9 \u20ac", "n": 5, "list": [1, None, True], "sub": 7, "aud": "x"}


@pytest.mark.parametrize("maker", RUNTIMES)
@pytest.mark.parametrize("taker", RUNTIMES)
def test_tokens_made_by_either_runtime_are_accepted_by_the_other(unix_image, maker, taker):
    def on(name, code):
        runtime, without = RUNTIMES[name]
        return run(runtime, unix_image, code, without_pyjwt=without)

    now = int(time.time())
    lasting, expired = PAYLOAD | {"exp": now + 1000}, PAYLOAD | {"exp": now - 1000}
    tokens = on(maker, f"print(json.dumps([sessions.encode(p) for p in {[PAYLOAD, lasting, expired]!r}]))")
    tokens.append(tokens[0][:-2] + "xx")
    taken = on(taker, f"print(json.dumps([sessions.decode(t) for t in {tokens!r}]))")
    assert taken == [PAYLOAD, lasting, {}, {}]


def test_micropython_libs_jwt_makes_no_difference(unix_image, tmp_path):
    """A module of that name on the device is not what verifies: it compares signatures in a time that tells."""
    (tmp_path / "jwt.py").write_text("raise RuntimeError('imported')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import microdot.session; print('fine')"
    result = subprocess.run([str(unix_image), "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout == "fine\n", result.stderr


def test_session_without_pyjwt_on_cpython():
    code = """
import sys
sys.modules['jwt'] = None
from microdot import session, jwt_hs256
assert session.encode is jwt_hs256.encode
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT)})
