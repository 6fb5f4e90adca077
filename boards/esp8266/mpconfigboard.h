// 2 MB of flash or more, with a ROMFS partition for deployed apps
#define MICROPY_ESP8266_2M
#include "boards/ESP8266_GENERIC/mpconfigboard.h"

#define MICROPY_VFS_ROM (1)
