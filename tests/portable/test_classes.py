"""Classes and modules of the framework are what Python's are, wherever the build has put them."""

import sys

from portable import parametrize, raises

import microdot
import microdot.asyncio
import microdot.asyncio.microdot_asyncio
import microdot.request
from microdot import Response, URLPattern, wire

OPEN = [
    microdot.Microdot,
    microdot.asyncio.Microdot,
    microdot.request.Request,
    microdot.Request,
    microdot.asyncio.Request,
    Response,
    URLPattern,
    wire.Disconnected,
    wire.TimedOut,
]


@parametrize("cls", OPEN)
def test_programs_can_derive_from_a_class_and_change_it(cls):
    class Derived(cls):
        extra = 1

        def __eq__(self, other):
            return True

    assert issubclass(Derived, cls) and cls in Derived.__bases__
    assert Derived.extra == 1 and not hasattr(cls, "extra")
    cls.added = 2
    try:
        assert Derived.added == 2
    finally:
        del cls.added
    assert not hasattr(Derived, "added")


def test_a_setting_of_a_class_is_that_of_its_instances():
    app = microdot.Microdot()
    before = microdot.Microdot.max_connections
    microdot.Microdot.max_connections = before + 1
    try:
        assert app.max_connections == before + 1
        app.max_connections = 7
        assert app.max_connections == 7 and microdot.Microdot.max_connections == before + 1
    finally:
        microdot.Microdot.max_connections = before


def test_a_setting_of_all_requests_is_that_of_both_flavours():
    base = microdot.request.Request
    before = base.max_readline
    base.max_readline = 77
    try:
        assert microdot.Request.max_readline == microdot.asyncio.Request.max_readline == 77
    finally:
        base.max_readline = before


def test_special_methods_of_a_derived_class_are_called():
    class Page(Response):
        def __init__(self, text):
            super().__init__(text, 201)

        def __len__(self):
            return 5

        def __call__(self, word):
            return word + "!"

        def __getitem__(self, key):
            return key * 2

        def __iter__(self):
            return iter((1, 2))

        def __str__(self):
            return "page"

    page = Page("x")
    assert (page.status_code, page.body, len(page), page("a"), page[2], list(page), str(page)) == (201, b"x", 5, "a!", 4, [1, 2], "page")
    assert {page: 1}[page] == 1 and page != Page("x")


def test_errors_of_the_transport_are_caught_by_each_of_their_kinds():
    for kind in (wire.TimedOut, wire.Disconnected, OSError, Exception):
        with raises(kind):
            raise wire.TimedOut(110)
    with raises(ValueError) as caught:
        raise wire.ProtocolError(431)
    assert caught.value.status == 431 and isinstance(caught.value, wire.ProtocolError)
    assert wire.TimedOut(110).args == (110,)


def test_the_flavours_have_classes_of_their_own():
    assert microdot.Microdot is not microdot.asyncio.Microdot
    assert microdot.Request is not microdot.asyncio.Request
    assert microdot.Response is microdot.asyncio.Response
    assert microdot.Microdot().request_class is microdot.Request
    assert microdot.asyncio.Microdot().request_class is microdot.asyncio.Request


def test_modules_are_found_in_every_way():
    from microdot import routing
    from microdot.asyncio import microdot_asyncio

    assert routing is sys.modules["microdot.routing"] is microdot.routing
    assert microdot_asyncio is sys.modules["microdot.asyncio.microdot_asyncio"] is microdot.asyncio.microdot_asyncio
    assert routing.__name__ == "microdot.routing" and "routing" in str(routing)
    assert routing.URLPattern is URLPattern


def test_names_that_a_module_does_not_have():
    from microdot import routing

    with raises(AttributeError):
        routing.nothing  # noqa: B018
    with raises(ImportError):
        from microdot.routing import nothing  # noqa: F401
    with raises(ImportError):
        import microdot.nothing  # noqa: F401


def test_functions_take_defaults_and_keywords():
    assert Response.redirect("/x").status_code == 302
    assert Response.redirect(location="/x", status_code=303).status_code == 303
    with raises(TypeError):
        Response.redirect()
    with raises(TypeError):
        URLPattern("/", no_such_argument=1)
