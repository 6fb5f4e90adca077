# everything that runs on a device: this machine is where it is tested
require("microdot")
