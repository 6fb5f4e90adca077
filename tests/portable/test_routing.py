from portable import parametrize, raises

from microdot.routing import URLPattern


def matches(pattern, rows):
    """Check each path against the arguments that it is expected to give, None for no match."""
    pattern = URLPattern(pattern)
    for path, args in rows:
        assert (path, pattern.match(path)) == (path, args)


def test_static():
    matches("/", [("/", {}), ("/foo", None), ("//", None), ("", None)])
    matches("/foo/bar", [("/foo/bar", {}), ("/foo", None), ("/foo/bar/baz", None), ("/Foo/bar", None)])


@parametrize("spelled", ["nolead", "/nolead", "//nolead"])
def test_the_leading_slash_is_optional(spelled):
    matches(spelled, [("/nolead", {}), ("nolead", None)])


def test_the_empty_pattern_is_the_root():
    matches("", [("/", {})])


def test_slashes_are_significant():
    matches("/foo//bar/baz/", [("/foo//bar/baz/", {}), ("/foo/bar/baz/", None), ("/foo//bar/baz", None)])
    matches("/<a>/", [("/x/", {"a": "x"}), ("/x", None)])
    matches("/<a>", [("/x", {"a": "x"}), ("/x/", None)])


def test_static_text_is_literal():
    matches("/a.b/<x>", [("/a.b/1", {"x": "1"}), ("/axb/1", None)])
    matches("/a.b", [("/a.b", {}), ("/axb", None)])
    matches("/a(b", [("/a(b", {})])
    matches("/<x>/c+", [("/1/c+", {"x": "1"}), ("/1/cc", None)])


def test_string_segment():
    rows = [("/foo", {"arg": "foo"}), ("/", None), ("/foo/", None), ("/foo/bar", None), ("/a b", {"arg": "a b"})]
    matches("/<arg>", rows)
    matches("/<string:arg>", rows)


def test_string_segments_between_static_ones():
    matches(
        "/users/<name>/posts/<post>",
        [
            ("/users/u/posts/p", {"name": "u", "post": "p"}),
            ("/users/u/posts", None),
            ("/users//posts/p", None),
            ("/users/u/p/posts/p", None),
        ],
    )


def test_int_segment():
    matches(
        "/<int:n>",
        [
            ("/123", {"n": 123}),
            ("/-123", {"n": -123}),
            ("/007", {"n": 7}),
            ("/--123", None),
            ("/12a", None),
            ("/+1", None),
            ("/1.5", None),
            ("/-", None),
            ("/", None),
            ("/123/", None),
            ("/1_0", None),
            ("/ 1", None),
            ("/²", None),
        ],
    )


def test_path_segment_is_greedy_and_never_empty():
    matches("/<path:p>", [("/", None), ("/a", {"p": "a"}), ("/a/b/c", {"p": "a/b/c"}), ("/a/", {"p": "a/"})])
    matches(
        "/x/<path:p>/y",
        [
            ("/x/1/y", {"p": "1"}),
            ("/x/1/2/y", {"p": "1/2"}),
            ("/x/y/y/y", {"p": "y/y"}),
            ("/x/y", None),
            ("/x//y", None),
        ],
    )
    matches("/<path:p>/<int:n>", [("/a/b/3", {"p": "a/b", "n": 3}), ("/a/b/c", None), ("/3", None)])


def test_a_long_path_does_not_overflow():
    path = "a/" * 1000 + "z"
    assert URLPattern("/<path:p>").match("/" + path) == {"p": path}
    assert URLPattern("/<p>").match("/" + "x" * 2000) == {"p": "x" * 2000}


def test_regex_segment():
    matches("/<re:[a-c]+:x>", [("/abc", {"x": "abc"}), ("/abcd", None), ("/dabc", None), ("/", None)])
    matches("/<re:[a-c]:x>/<re:[0-9]+:y>", [("/a/12", {"x": "a", "y": "12"}), ("/a/b", None)])


def test_regex_segment_with_a_colon():
    matches("/<re:[a-z]:[0-9]:x>", [("/a:1", {"x": "a:1"}), ("/a1", None)])


def test_groups_in_a_regex_do_not_shift_what_follows():
    matches("/<re:(a|b)+:x>/<y>", [("/abba/c", {"x": "abba", "y": "c"}), ("/abc/c", None)])
    matches("/<re:a|bc:x>/<y>", [("/a/c", {"x": "a", "y": "c"}), ("/bc/c", {"x": "bc", "y": "c"}), ("/ac/c", None)])


def test_custom_type_with_a_pattern():
    URLPattern.register_type("hex", "[0-9a-f]+")
    matches("/<hex:n>", [("/1f", {"n": "1f"}), ("/xyz", None), ("/", None)])


def test_custom_type_with_a_parser():
    URLPattern.register_type("hexn", "[0-9a-f]+", lambda value: int(value, 16))
    matches("/<hexn:n>/<m>", [("/1f/a", {"n": 31, "m": "a"}), ("/xyz/a", None)])


def test_custom_type_whose_parser_declines():
    URLPattern.register_type("even", parser=lambda value: int(value) if int(value) % 2 == 0 else None)
    matches("/<even:n>", [("/4", {"n": 4}), ("/5", None)])


def test_a_type_that_is_registered_again_changes_in_patterns_that_have_it():
    URLPattern.register_type("hexa", "[0-9a-f]+")
    pattern = URLPattern("/<hexa:n>/<m>")
    URLPattern.register_type("hexa", "[0-9A-F]+", lambda value: int(value, 16))
    assert pattern.match("/1F/a") == {"n": 31, "m": "a"}
    assert pattern.match("/1f/a") is None


@parametrize("pattern", ["/foo/<bar", "/<int:foo", "/<nothing:x>", "/<>", "/<int:>"])
def test_a_bad_pattern_fails_when_declared(pattern):
    with raises(ValueError):
        URLPattern(pattern)


def test_a_bad_regex_fails_when_declared():
    with raises(ValueError):
        URLPattern("/<re:[a-:x>")


def test_only_a_whole_segment_is_dynamic():
    matches("/a<b>", [("/a<b>", {}), ("/ax", None)])
