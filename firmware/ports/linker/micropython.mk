# The user C module that linked frozen code needs, for ports that are built with make.

SRC_USERMOD_C += $(USERMOD_DIR)/linker.c
CFLAGS_USERMOD += -I$(USERMOD_DIR)
