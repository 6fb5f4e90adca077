# everything that runs on a device: the unix build is where it is tried out
require("microdot")
