# the port's own modules, but none of micropython-lib: flash is short
module("_boot.py", base_path="$(PORT_DIR)/modules", opt=3)
module("flashbdev.py", base_path="$(PORT_DIR)/modules", opt=3)
module("inisetup.py", base_path="$(PORT_DIR)/modules", opt=3)
require("microdot", groups=("asyncio", "websocket", "session", "static"), testrunner=False)
