"""Applications within applications."""

from flavours import both

from microdot.response import abort


@both
async def test_routes_get_the_prefix(flavour):
    sub = flavour.app()
    sub.get("/")(lambda request: "index")
    sub.get("/page/<n>")(lambda request, n: n)
    app = flavour.app()
    app.mount(sub, url_prefix="/sub")
    assert (await flavour.get(app, "/sub/")).text == "index"
    assert (await flavour.get(app, "/sub/page/3")).text == "3"
    assert (await flavour.get(app, "/sub")).status_code == 404
    assert (await flavour.get(app, "/page/3")).status_code == 404


@both
async def test_mount_without_a_prefix(flavour):
    sub = flavour.app()
    sub.get("/a")(lambda request: "a")
    app = flavour.app()
    app.mount(sub)
    assert (await flavour.get(app, "/a")).text == "a"


@both
async def test_routes_added_later_are_not_seen(flavour):
    sub = flavour.app()
    app = flavour.app()
    app.mount(sub, url_prefix="/sub")
    sub.get("/late")(lambda request: "late")
    assert (await flavour.get(app, "/sub/late")).status_code == 404


def with_hooks(flavour):
    """An application whose hooks and error handlers leave their marks."""
    sub = flavour.app()

    @sub.before_request
    def before(request):
        request.g.before = "before"

    @sub.after_request
    def after(request, response):
        response.body += b":after"

    @sub.after_error_request
    def errorafter(request, response):
        response.body += b":errorafter"

    sub.errorhandler(404)(lambda request: ("404", 404))
    sub.get("/app")(lambda request: request.g.before + ":foo")
    sub.get("/abort")(lambda request: abort(404))
    return sub


@both
async def test_a_global_mount_gives_its_hooks_to_all(flavour):
    app = flavour.app()
    app.get("/app")(lambda request: request.g.before + ":app")
    app.mount(with_hooks(flavour), url_prefix="/sub")
    assert (await flavour.get(app, "/app")).text == "before:app:after"
    assert (await flavour.get(app, "/sub/app")).text == "before:foo:after"
    response = await flavour.get(app, "/nowhere")
    assert (response.status_code, response.text) == (404, "404:errorafter")


@both
async def test_mounting_twice_runs_hooks_once(flavour):
    sub = with_hooks(flavour)
    app = flavour.app()
    app.mount(sub, url_prefix="/one")
    app.mount(sub, url_prefix="/two")
    assert (await flavour.get(app, "/one/app")).text == "before:foo:after"
    assert (await flavour.get(app, "/two/app")).text == "before:foo:after"


@both
async def test_an_app_can_be_mounted_in_several(flavour):
    sub = with_hooks(flavour)
    apps = []
    for name in ("first", "second"):
        app = flavour.app()
        app.mount(sub, url_prefix="/sub")
        app.get("/own")(lambda request, name=name: name)
        app.errorhandler(405)(lambda request, name=name: (name + " 405", 405))
        app.before_request(lambda request, name=name: setattr(request.g, "before", request.g.before + " " + name))
        apps.append((name, app))
    for name, app in apps:
        assert (await flavour.get(app, "/sub/app")).text == "before " + name + ":foo:after"
        assert (await flavour.get(app, "/own")).text == name + ":after"
        assert (await flavour.get(app, "/nowhere")).text == "404:errorafter"
        assert (await flavour.request(app, "POST", "/sub/app")).text == name + " 405:errorafter"
    assert (await flavour.get(sub, "/app")).text == "before:foo:after"


@both
async def test_an_app_can_be_mounted_in_one_with_hooks_and_in_another_without(flavour):
    sub = with_hooks(flavour)
    apart, together = flavour.app(), flavour.app()
    together.mount(sub, url_prefix="/sub")
    apart.mount(sub, url_prefix="/sub", local=True)
    for app in (apart, together):
        assert (await flavour.get(app, "/sub/app")).text == "before:foo:after"
    assert (await flavour.get(apart, "/nowhere")).text == "Not found"


@both
async def test_of_two_error_handlers_the_one_mounted_later_wins(flavour):
    app = flavour.app()
    app.errorhandler(404)(lambda request: ("app", 404))
    for name in ("first", "second"):
        sub = flavour.app()
        sub.errorhandler(404)(lambda request, name=name: (name, 404))
        app.mount(sub, url_prefix="/" + name)
    assert (await flavour.get(app, "/nowhere")).text == "second"


@both
async def test_a_local_mount_keeps_its_hooks_to_itself(flavour):
    app = flavour.app()
    app.get("/app")(lambda request: "app")
    app.mount(with_hooks(flavour), url_prefix="/sub", local=True)
    assert (await flavour.get(app, "/app")).text == "app"
    assert (await flavour.get(app, "/sub/app")).text == "before:foo:after"
    assert (await flavour.get(app, "/nowhere")).text == "Not found"
    assert (await flavour.get(app, "/sub/nowhere")).text == "Not found"


@both
async def test_hooks_of_a_local_mount_run_between_those_of_the_app(flavour):
    app = flavour.app()
    trace = []
    sub = flavour.app()
    sub.get("/")(lambda request: "")
    for name, target in (("app", app), ("sub", sub)):
        target.before_request(lambda request, name=name: trace.append("before " + name))
        target.after_request(lambda request, response, name=name: trace.append("after " + name))
    app.mount(sub, url_prefix="/sub", local=True)
    await flavour.get(app, "/sub/")
    assert trace == ["before app", "before sub", "after sub", "after app"]


@both
async def test_errors_of_a_local_mount_are_handled_there(flavour):
    sub = flavour.app()
    sub.post("/")(lambda request: "")
    sub.get("/abort")(lambda request: abort(418))
    sub.get("/fail")(lambda request: [][1])
    sub.errorhandler(405)(lambda request: ("sub 405", 405))
    sub.errorhandler(418)(lambda request: ("sub 418", 418))
    sub.errorhandler(IndexError)(lambda request, error: ("sub class", 299))
    sub.after_error_request(lambda request, response: response.headers.setdefault("X-Sub", "yes") and None)
    app = flavour.app()
    app.get("/abort")(lambda request: abort(418))
    app.get("/fail")(lambda request: [][1])
    app.errorhandler(LookupError)(lambda request, error: ("app class", 299))
    app.mount(sub, url_prefix="/sub", local=True)
    for path, text, mark in (
        ("/sub/", "sub 405", "yes"),
        ("/sub/abort", "sub 418", "yes"),
        ("/sub/fail", "sub class", "yes"),
        ("/abort", "418 error", None),
        ("/fail", "app class", None),
        ("/sub/nowhere", "Not found", None),
    ):
        response = await flavour.get(app, path)
        assert (path, response.text, response.headers.get("X-Sub")) == (path, text, mark)


@both
async def test_error_handlers_by_class_are_looked_up_nearest_class_first(flavour):
    sub = flavour.app()
    sub.get("/")(lambda request: [][1])
    sub.errorhandler(Exception)(lambda request, error: "sub Exception")
    app = flavour.app()
    app.errorhandler(IndexError)(lambda request, error: "app IndexError")
    app.mount(sub, url_prefix="/sub", local=True)
    assert (await flavour.get(app, "/sub/")).text == "app IndexError"


def where(request):
    return {"prefix": request.url_prefix, "subapp": getattr(request.subapp, "name", None), "top": request.app.name}


def named(flavour, name):
    app = flavour.app()
    app.name = name
    app.get("/where")(where)
    return app


@both
async def test_a_request_knows_where_its_route_is_mounted(flavour):
    inner, outer, app = named(flavour, "inner"), named(flavour, "outer"), named(flavour, "app")
    outer.mount(inner, url_prefix="/inner", local=True)
    app.mount(outer, url_prefix="/outer", local=True)
    assert (await flavour.get(app, "/where")).json == {"prefix": "", "subapp": None, "top": "app"}
    assert (await flavour.get(app, "/outer/where")).json == {"prefix": "/outer", "subapp": "outer", "top": "app"}
    assert (await flavour.get(app, "/outer/inner/where")).json == {
        "prefix": "/outer/inner",
        "subapp": "inner",
        "top": "app",
    }


@both
async def test_hooks_of_a_local_mount_are_not_inherited_by_one_within_it(flavour):
    inner = flavour.app()
    inner.get("/")(lambda request: "inner")
    outer = with_hooks(flavour)
    outer.mount(inner, url_prefix="/inner", local=True)
    app = flavour.app()
    app.mount(outer, url_prefix="/outer", local=True)
    assert (await flavour.get(app, "/outer/app")).text == "before:foo:after"
    assert (await flavour.get(app, "/outer/inner/")).text == "inner"


@both
async def test_a_global_mount_within_a_local_one_belongs_to_it(flavour):
    inner = flavour.app()
    inner.get("/")(lambda request: request.g.before)
    outer = with_hooks(flavour)
    outer.mount(inner, url_prefix="/inner")
    app = flavour.app()
    app.mount(outer, url_prefix="/outer", local=True)
    assert (await flavour.get(app, "/outer/inner/")).text == "before:after"


@both
async def test_two_local_mounts(flavour):
    app = flavour.app()

    @app.after_request
    def after(request, response):
        response.body += b":after-app"

    @app.before_request
    def before(request):
        request.g.trace = "before-app"

    for number in ("1", "2"):
        sub = flavour.app()

        @sub.before_request
        def before_sub(request, number=number):
            request.g.trace += ":before" + number

        sub.get("/")(lambda request: request.g.trace + ":" + request.url_prefix)
        app.mount(sub, url_prefix="/" + number, local=True)
    assert (await flavour.get(app, "/1/")).text == "before-app:before1:/1:after-app"
    assert (await flavour.get(app, "/2/")).text == "before-app:before2:/2:after-app"
