# A web framework, and the programs that measure it, frozen alike. MICRODOT_BENCH_REFERENCE is the folder that another
# framework was installed in; without it, the framework is ours.
import os

reference = os.environ.get("MICRODOT_BENCH_REFERENCE")
if reference:
    include("$(MPY_DIR)/extmod/asyncio")
    package("microdot", base_path=reference, opt=3)
    # without a TLS library MicroPython has no SHA-1, which the WebSocket handshake needs
    module("sha1.py", base_path="../../../microdot")
    module("hashlib.py", base_path="stand_ins")
else:
    require("microdot", testrunner=False)
freeze("apps", opt=3)
