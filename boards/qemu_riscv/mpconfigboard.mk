# RV32 on QEMU's virt machine; the rest comes with the user C module in firmware/ports/qemu.
include boards/VIRT_RV32/mpconfigboard.mk

# Debian's gcc has no multilib for rv32imac_zicsr; the older ISA specification has those instructions in rv32i
RV32_ARCH = rv32imac
AFLAGS += -misa-spec=2.2
