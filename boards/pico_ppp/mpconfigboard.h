#include "boards/RPI_PICO/mpconfigboard.h"

#undef MICROPY_HW_BOARD_NAME
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico, PPP"

#define MICROPY_PY_NETWORK (1)
#define MICROPY_PY_NETWORK_PPP_LWIP (1)

// the board is there to be emulated, and the emulator has one core
#define MICROPY_PY_THREAD (0)

// 2 MB of flash: 1024 KB for code, then 128 KB for deployed apps, the rest for files
#define MICROPY_HW_ROMFS_BYTES (128 * 1024)
#undef MICROPY_HW_FLASH_STORAGE_BYTES
#define MICROPY_HW_FLASH_STORAGE_BYTES (896 * 1024)

// lwIP's heap with room for the send queues of all 5 connections and a packet on its way out besides (lwIP's pppos.c
// copies it there). With the port's 8,000 bytes a single busy connection fills the heap, its next packet finds none, and
// MicroPython passes ENOMEM on to the program.
#define MEM_SIZE (20 * 1024)
#define TCP_MSS (800)
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define MEMP_NUM_TCP_SEG (32)

// lwIP hands data that came before accept() to the program at its next tick only (modlwip.c refuses it until then), and a
// request usually comes before accept(): with the default of 250 ms it waits 125 ms on average. The port looks at lwIP's
// timers every 64 ms.
#define TCP_TMR_INTERVAL (60)
