# Sources of this user C module, read by py/py.mk. The processor's file is chosen by its own #if.

ifneq ($(filter %/qemu,$(CURDIR)),)

SRC_USERMOD_C += $(addprefix $(USERMOD_DIR)/,console.c clock.c boot.c random.c romfs.c cortex_m3.c rv32.c)
SRC_USERMOD_LIB_C += $(addprefix lib/mbedtls/library/,sha1.c sha256.c platform_util.c)
SRC_C += shared/timeutils/timeutils.c

CFLAGS_USERMOD += -I$(USERMOD_DIR) -I$(TOP)/lib/mbedtls/include
CFLAGS_USERMOD += -DMP_CONFIGFILE='"$(USERMOD_DIR)/mpconfigport.h"'
CFLAGS_USERMOD += -DMBEDTLS_CONFIG_FILE='"$(USERMOD_DIR)/mbedtls_config.h"'

# functions of the port that console.c, clock.c and boot.c replace or extend
LDFLAGS_USERMOD += $(foreach f,uart_init mp_init exit mp_hal_stdin_rx_chr mp_hal_stdio_poll,-Wl,--wrap=$(f))

MICROPY_VFS_LFS2 = 1

endif
