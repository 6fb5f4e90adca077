# Cortex-M3 on QEMU's mps2-an385; the rest comes with the user C module in firmware/ports/qemu.
include boards/MPS2_AN385/mpconfigboard.mk

# Debian's libgcc carries unwind tables that the port's link script has no place for
LDFLAGS += -Wl,--section-start=.ARM.exidx=0x00300000

# deployed apps, in the PSRAM (Application Note 385, table 3-1) behind the 1 MB of the file system
CFLAGS += -DMICRODOT_ROMFS_ADDRESS=0x21100000 -DMICRODOT_ROMFS_BYTES=262144
