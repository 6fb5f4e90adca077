#include "boards/RPI_PICO/mpconfigboard.h"

// 2 MB of flash: 640 KB for code as in the port's own board, then 256 KB for deployed apps, the rest for files
#define MICROPY_HW_ROMFS_BYTES (256 * 1024)
#undef MICROPY_HW_FLASH_STORAGE_BYTES
#define MICROPY_HW_FLASH_STORAGE_BYTES (1152 * 1024)

// what the port's boards with a network have, so that the same tests run here
#define MICROPY_PY_WEBSOCKET (1)
