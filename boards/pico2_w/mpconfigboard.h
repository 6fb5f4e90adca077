#include "boards/RPI_PICO2_W/mpconfigboard.h"

// 4 MB of flash: 1536 KB for code, 512 KB for deployed apps, the rest for files
#define MICROPY_HW_ROMFS_BYTES (512 * 1024)
#undef MICROPY_HW_FLASH_STORAGE_BYTES
#define MICROPY_HW_FLASH_STORAGE_BYTES (2048 * 1024)
