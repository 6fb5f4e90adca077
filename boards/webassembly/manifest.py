# everything that runs on a device, with the asyncio of the other ports: the one of this port only runs on JavaScript's event
# loop, and has neither run() nor streams
require("microdot")
