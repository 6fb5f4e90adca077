freeze("$(PORT_DIR)/modules")
# brings the line up at every boot
freeze("modules", opt=3)
# everything that runs on a device
require("microdot")
