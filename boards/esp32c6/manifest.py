# the port's own drivers, then everything of the framework that runs on a device
freeze("$(PORT_DIR)/modules")
require("microdot")
