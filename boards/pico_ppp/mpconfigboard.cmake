# The Pico with a network: lwIP, and PPP on a UART.
include(${CMAKE_CURRENT_LIST_DIR}/../pico/mpconfigboard.cmake)
set(MICROPY_PY_LWIP 1)
