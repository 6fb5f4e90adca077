# What is frozen into firmware, in groups that a board's manifest.py picks from:
#
#     require("microdot")                                     # everything that runs on a device
#     require("microdot", groups=("asyncio", "websocket"))    # only the asyncio server with WebSocket
#
# "core" and "boot" are always in. A module of the framework belongs to "core" unless GROUPS names it; what serves
# CPython only is never frozen. opt=3 leaves asserts, docstrings and line numbers out.
#
# With link=PORT, which is how the toolkit builds, the framework's functions and classes become constants of the image, see
# firmware/linker; without, as in a build of MicroPython that knows nothing of the toolkit, they are frozen as any module is.

import os
import sys

GROUPS = {
    "sync": ("microdot.py", "blocking.py"),
    "asyncio": ("asyncio/__init__.py", "asyncio/microdot_asyncio.py", "asyncio/polling.py"),
    "testing": ("test_client.py", "test_server.py", "websocket_client.py", "asyncio/test_client.py"),
    "websocket": ("websocket.py", "asyncio/websocket.py", "websocket_alt.py", "frames.py", "sha1.py"),
    "session": ("session.py", "jwt_hs256.py"),
    "cors": ("cors.py",),
    "utemplate": ("utemplate.py",),
    "ssl": ("ssl.py",),
    "sse": ("sse.py",),
    "auth": ("auth.py", "login.py"),
    "csrf": ("csrf.py",),
    "multipart": ("multipart.py",),
    "static": ("static.py",),
}
HOST_ONLY = (
    "wsgi/", "asgi/", "asyncio/watching.py", "cpython.py", "gateway.py", "jinja.py", "pem.py", "pyjwt.py", "threads.py", "tls.py",
)

options.defaults(framework=None, device=None, groups=None, testrunner=True, link=None)


def sources(folder):
    """Every module below `folder`, relative to it."""
    found = []
    for base, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(base, name), folder) for name in names if name.endswith(".py")]
    return sorted(found)


def chosen(groups):
    """The framework's files of `groups` and of the core."""
    picked = {name for group in (GROUPS if groups is None else groups) for name in GROUPS[group]}
    optional = {name for names in GROUPS.values() for name in names}
    files = [name for name in sources(options.framework) if not name.startswith(HOST_ONLY)]
    return [name for name in files if name in picked or name not in optional]


if options.link:
    sys.path.append(os.path.dirname(options.framework))
    import firmware.linker

    firmware.linker.install(sys.modules["__main__"], options.framework, options.link)
if options.groups is None or "asyncio" in options.groups:
    include("$(MPY_DIR)/extmod/asyncio")
package("microdot", files=chosen(options.groups), base_path=os.path.dirname(options.framework), opt=3)
for name in sources(options.device):
    if options.testrunner or name != "testrunner.py":
        module(name, base_path=options.device, opt=3)
