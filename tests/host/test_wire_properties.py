"""The HTTP parser against random input: it answers whatever comes, and how it is cut never matters."""

import re

from flavours import SYNC
from hypothesis import example, given
from hypothesis import strategies as st
from malformed import ACCEPTED, REJECTED, UNFINISHED
from transports import Pieces

from microdot.compat import drive
from microdot.connection import Connection

STATUS_LINE = re.compile(rb"HTTP/1\.[01] \d{3} [A-Za-z' -]+\r\n")
MALFORMED = [data for _, data, *_ in REJECTED + UNFINISHED + ACCEPTED]


def answers(pieces):
    """All that a server sends to a client that sends `pieces`."""
    app = SYNC.app()
    app.route("/", methods=["GET", "POST"])(lambda request: [request.body.decode("latin-1"), request.args])
    transport = Pieces(pieces)
    drive(Connection(app, transport, ("192.0.2.1", 5)).serve())
    assert transport.closed
    return transport.sent


def cut(data, places):
    """The data cut at some places."""
    places = sorted({place % (len(data) + 1) for place in places})
    edges = [0, *places, len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:], strict=False) if end > start]


@st.composite
def nearly_requests(draw):
    """Requests made of good and bad pieces."""
    line = draw(
        st.sampled_from(
            [b"GET / HTTP/1.1", b"POST /?a=%zz HTTP/1.1", b"GET / HTTP/1.0", b"G ET / HTTP/1.1", b"GET  / HTTP/1.1"]
        )
    )
    fields = draw(
        st.lists(
            st.sampled_from(
                [
                    b"Host: a",
                    b"Content-Length: 3",
                    b"Content-Length: 03",
                    b"Content-Length: x",
                    b"Transfer-Encoding: chunked",
                    b"Transfer-Encoding: x",
                    b"Connection: close",
                    b"Connection: keep-alive",
                    b"Expect: 100-continue",
                    b" folded: x",
                    b"Bad Name: x",
                    b"X: \xff",
                    b"Cookie: a=b; c",
                ]
            ),
            max_size=5,
        )
    )
    body = draw(
        st.sampled_from([b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"x\r\n", b"abcGET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    )
    end = draw(st.sampled_from([b"\r\n", b"\n"]))
    return end.join([line, *fields, b"", b""]) + body


@given(st.one_of(st.binary(max_size=300), nearly_requests()))
def test_every_input_gets_well_formed_answers(data):
    sent = answers([data] if data else [])
    assert STATUS_LINE.match(sent)
    assert b"500 Internal" not in sent


@given(st.one_of(nearly_requests(), st.sampled_from(MALFORMED)), st.lists(st.integers(0, 10_000), max_size=12))
@example(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", [27, 28])
@example(b"\r\n", [1])
def test_how_the_input_is_cut_never_matters(data, places):
    assert answers(cut(data, places)) == answers([data])


def field_value(name, line):
    """What a handler finds in the header `name` after a head with `line` in it; None where the head is refused."""
    app = SYNC.app()
    app.get("/")(lambda request: request.headers[name])
    transport = Pieces([b"GET / HTTP/1.1\r\nHost: a\r\n" + line.encode() + b"\r\n\r\n"])
    drive(Connection(app, transport, ("192.0.2.1", 5)).serve())
    head, _, body = transport.sent.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 400 "):
        return None
    assert head.startswith(b"HTTP/1.1 200 ")
    return body.decode()


@given(
    st.text(alphabet="abcXYZ019!#$%&'*+.^_`|~-", min_size=1, max_size=20),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
def test_any_token_is_a_field_name_and_any_text_a_value(name, value):
    assert field_value(name, f"{name}: {value}") == value.strip()


@given(st.characters(max_codepoint=127).filter(lambda c: not c.isalnum() and c not in "!#$%&'*+.^_`|~-:\n"))
def test_no_other_character_is_part_of_a_field_name(character):
    assert field_value("name", f"na{character}me: x") is None
