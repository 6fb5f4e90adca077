# Cortex-M3 on QEMU's mps2-an385; the rest comes with the user C module in firmware/ports/qemu.
include boards/MPS2_AN385/mpconfigboard.mk

# Debian's libgcc carries unwind tables that the port's link script has no place for
LDFLAGS += -Wl,--section-start=.ARM.exidx=0x00300000
