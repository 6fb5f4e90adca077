from portable import parametrize

from microdot.urlcode import parse_query, unquote, urldecode, urldecode_bytes, urldecode_str, urlencode


@parametrize(
    "text, encoded",
    [
        ("plain-._~", "plain-._~"),
        ("a b", "a+b"),
        ("a+b", "a%2Bb"),
        ("a%b", "a%25b"),
        ("?#&=", "%3F%23%26%3D"),
        ("€", "%E2%82%AC"),
        ('"', "%22"),
        ("", ""),
    ],
    ids=["plain", "space", "plus", "percent", "reserved", "utf8", "quote", "empty"],
)
def test_urlencode(text, encoded):
    assert urlencode(text) == encoded
    assert urldecode(encoded) == text


@parametrize(
    "encoded, text",
    [
        ("a+b", "a b"),
        ("%e2%80%A2", "•"),
        ("%2f%%", "/%%"),
        ("%", "%"),
        ("a%2", "a%2"),
        ("%zz", "%zz"),
        ("%ff", "%ff"),
        ("€%20%e2%82%ac", "€ €"),
    ],
    ids=["plus", "utf8", "double-percent", "lone-percent", "cut-off", "no-hex", "bad-utf8", "mixed"],
)
def test_urldecode_never_raises(encoded, text):
    assert urldecode(encoded) == text
    assert urldecode(encoded.encode()) == text
    assert urldecode_str(encoded) == text
    assert urldecode_bytes(encoded.encode()) == text


def test_urldecode_of_bytes_that_are_no_utf8():
    assert isinstance(urldecode(b"\xff%41"), str)


def test_unquote_leaves_the_plus():
    assert unquote("/a+b%20c%2Fd") == "/a+b c/d"


def test_query_keeps_every_value():
    args = parse_query("foo=bar&abc=def&foo&x=%2f%%")
    assert args.getlist("foo") == ["bar", ""]
    assert args["abc"] == "def"
    assert args["x"] == "/%%"


def test_query_with_empty_pieces():
    assert parse_query("&foo=bar&abc=def&&&x=%2f%%") == {"foo": ["bar"], "abc": ["def"], "x": ["/%%"]}
    assert parse_query("") == {}
    assert parse_query("&") == {}


def test_query_splits_at_the_first_equals_sign():
    assert parse_query("a=b=c&=d&e=") == {"a": ["b=c"], "": ["d"], "e": [""]}


def test_query_from_bytes_is_text():
    assert parse_query(b"a=1&b&%c3%a4=%C3%B6") == {"a": ["1"], "b": [""], "ä": ["ö"]}
