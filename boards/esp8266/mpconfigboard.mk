# 2 MB of flash or more; the link script with the ROMFS partition comes from board.json
MICROPY_PY_ESPNOW ?= 0
MICROPY_VFS_FAT ?= 0
MICROPY_VFS_LFS2 ?= 1
