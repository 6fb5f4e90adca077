freeze("$(PORT_DIR)/modules")
# everything that runs on a device
require("microdot")
