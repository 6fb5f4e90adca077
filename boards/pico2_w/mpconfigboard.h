#include "boards/RPI_PICO2_W/mpconfigboard.h"

// 4 MB of flash: 1536 KB for code, 512 KB for deployed apps, the rest for files
#define MICROPY_HW_ROMFS_BYTES (512 * 1024)
#undef MICROPY_HW_FLASH_STORAGE_BYTES
#define MICROPY_HW_FLASH_STORAGE_BYTES (2048 * 1024)

// lwIP hands data that came before accept() to the program at its next tick only (modlwip.c refuses it until then), and a
// request usually comes before accept(): with the default of 250 ms it waits 125 ms on average. The port looks at lwIP's
// timers every 64 ms.
#define TCP_TMR_INTERVAL (60)
