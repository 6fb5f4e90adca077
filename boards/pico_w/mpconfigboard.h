#include "boards/RPI_PICO_W/mpconfigboard.h"

// 2 MB of flash: 1200 KB for code, 128 KB for deployed apps, the rest for files
#define MICROPY_HW_ROMFS_BYTES (128 * 1024)
#undef MICROPY_HW_FLASH_STORAGE_BYTES
#define MICROPY_HW_FLASH_STORAGE_BYTES (720 * 1024)
