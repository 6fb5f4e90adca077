from portable import MICROPYTHON, raises, skip

from microdot.multidict import MultiDict, NoCaseDict


def test_nocasedict_finds_any_spelling():
    d = NoCaseDict()
    d["Content-Type"] = "a"
    assert d["content-type"] == "a"
    assert d.get("CONTENT-TYPE") == "a"
    assert "cOnTeNt-TyPe" in d
    assert "content" not in d


def test_nocasedict_shows_the_first_spelling():
    d = NoCaseDict({"One": 1})
    d["ONE"] = 2
    assert list(d) == ["One"]
    assert list(d.items()) == [("One", 2)]
    assert len(d) == 1


def test_nocasedict_equals_a_plain_dict():
    assert NoCaseDict({"A": 1, "b": 2}) == {"A": 1, "b": 2}
    assert NoCaseDict() == {}


def test_nocasedict_get_has_a_default():
    d = NoCaseDict({"a": None})
    assert d.get("b") is None
    assert d.get("b", 3) == 3
    assert d.get("A", 3) is None


def test_nocasedict_missing_key_is_a_keyerror():
    with raises(KeyError):
        NoCaseDict({"a": 1})["b"]
    with raises(KeyError):
        del NoCaseDict({"a": 1})["b"]


def test_nocasedict_forgets_the_spelling_of_what_was_deleted():
    d = NoCaseDict({"One": 1})
    del d["ONE"]
    assert "one" not in d
    d["oNE"] = 2
    assert list(d) == ["oNE"]


def test_nocasedict_update_keeps_spellings():
    d = NoCaseDict({"One": 1, "two": 2})
    d.update({"ONE": 3, "Three": 4})
    assert d == {"One": 3, "two": 2, "Three": 4}
    d.update([("TWO", 5)])
    d.update(ONE=6)
    assert d == {"One": 6, "two": 5, "Three": 4}


def test_nocasedict_pop():
    d = NoCaseDict({"One": 1})
    assert d.pop("ONE") == 1
    assert "One" not in d
    assert d.pop("one", 7) == 7
    with raises(KeyError):
        d.pop("one")


def test_nocasedict_setdefault():
    d = NoCaseDict({"One": 1})
    assert d.setdefault("ONE", 2) == 1
    assert d.setdefault("Two", 2) == 2
    assert d == {"One": 1, "Two": 2}


def test_nocasedict_merge_in_place():
    if MICROPYTHON:
        skip("MicroPython has no in-place operators of classes")
    d = NoCaseDict({"One": 1})
    d |= {"ONE": 2}
    assert d == {"One": 2}
    assert d["one"] == 2


def test_nocasedict_copy_is_independent():
    d = NoCaseDict({"One": 1})
    copy = d.copy()
    copy["ONE"] = 2
    assert (d["one"], copy["one"]) == (1, 2)


def test_nocasedict_clear():
    d = NoCaseDict({"One": 1})
    d.clear()
    assert "one" not in d
    d["ONE"] = 1
    assert list(d) == ["ONE"]


def test_multidict_gives_the_first_value():
    d = MultiDict()
    assert d == {}
    d["a"] = "1"
    d["a"] = "2"
    assert d["a"] == "1"
    assert d.get("a") == "1"
    assert d.getlist("a") == ["1", "2"]


def test_multidict_without_the_key():
    d = MultiDict({"a": 1})
    assert d.get("b") is None
    assert d.get("b", 3) == 3
    assert d.getlist("b") == []
    with raises(KeyError):
        d["b"]


def test_multidict_equals_a_dict_of_lists():
    assert MultiDict({"baz": "1"}) == {"baz": ["1"]}
    assert list(MultiDict({"baz": "1"}).items()) == [("baz", ["1"])]


def test_multidict_converts_only_what_is_there():
    d = MultiDict({"one": "1", "x": "x"})
    assert d.get("one", type=int) == 1
    assert d.get("two", "default", type=int) == "default"
    assert d.getlist("one", type=int) == [1]
    assert d.getlist("two", type=int) == []
    with raises(ValueError):
        d.get("x", type=int)
    with raises(ValueError):
        d.getlist("x", type=int)


def test_multidict_removes_the_whole_list():
    d = MultiDict({"a": 1, "b": 2})
    d["a"] = 3
    del d["a"]
    assert d == {"b": [2]}
    assert d.pop("b") == [2]
    assert d == {}


def test_programs_can_derive_from_them():
    class Headers(NoCaseDict):
        def get(self, key, default=None):
            return super().get(key, default) or self.fallback

    class Values(MultiDict):
        def getlist(self, key, type=None):
            return super().getlist(key, type) + [self.fallback]

    Headers.fallback = Values.fallback = "mine"
    assert Headers({"A": 1}).get("a") == 1 and Headers().get("b") == "mine"
    assert Values({"a": 1}).getlist("a") == [1, "mine"] and Values({"a": 1})["a"] == 1
