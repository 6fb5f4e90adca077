# What the default firmware has beside the framework: the way onto the network, and a page about the device.
