"""Which modules of the framework are linked into ROM, in units, and which of their classes stay open.

A unit is what is imported together: the module that names it, and those that it needs. A module that is in no unit is frozen
as MicroPython does it.
"""

#: the module whose import brings the unit into being -> the modules that are there from then on
UNITS = {
    "__init__": (
        "compat",
        "wire",
        "routing",
        "request",
        "response",
        "app",
        "sockets",
        "connection",
        "body",
        "chunks",
        "blocking",
    ),
    "multidict": (),
    "errors": (),
    "asyncio/__init__": ("asyncio/microdot_asyncio", "asyncio/polling"),
    "microdot": (),
}

#: classes that programs derive from, or whose attributes they set; all others are in ROM as a whole
OPEN = {
    "wire": {"Disconnected", "TimedOut"},
    "request": {"Request"},
    "routing": {"URLPattern"},
    "response": {"Response"},
    "multidict": {"NoCaseDict", "MultiDict"},
    "errors": {"HTTPException"},
    "asyncio/microdot_asyncio": {"Request", "Microdot"},
    "microdot": {"Request", "Microdot"},
}
