"""Run an example as `python EXAMPLE` does, but on a port of the test's choice: `run_example.py EXAMPLE PORT`.

It imports nothing that the example does not import itself, and on MicroPython finds the framework only in the firmware.
"""

import sys

path, port = sys.argv[1], int(sys.argv[2])
folder = path.rpartition("/")[0]
if sys.implementation.name == "micropython":
    sys.path[:] = [folder, folder + "/lib", ".frozen"]
else:
    sys.path[0] = folder

with open(path) as file:
    source = file.read()

if "microdot.asyncio" in source:
    from microdot.asyncio import Microdot
else:
    from microdot import Microdot

# what opens the port: in an asyncio application run() calls start_server()
name = "start_server" if hasattr(Microdot, "start_server") else "run"
serve = getattr(Microdot, name)


def serve_on_port(app, host=None, _=None, *args, **options):
    options.pop("port", None)
    return serve(app, "127.0.0.1", port, *args, **options)


setattr(Microdot, name, serve_on_port)
exec(source, {"__name__": "__main__"})
