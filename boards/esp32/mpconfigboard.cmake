# ESP32 / WROOM as the port has it, with the partition table beside this file and what all our ESP32 boards share.
include(boards/ESP32_GENERIC/mpconfigboard.cmake)
include(${MICRODOT_PORT_DIR}/board.cmake)
