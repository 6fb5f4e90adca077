# The port's own RPI_PICO, whose pin names are not found by themselves from a board folder outside the port; with a network:
# lwIP, and PPP on a UART.
include(${MICROPY_PORT_DIR}/boards/RPI_PICO/mpconfigboard.cmake)
set(GEN_PINS_BOARD_CSV ${MICROPY_PORT_DIR}/boards/RPI_PICO/pins.csv)
set(GEN_PINS_CSV_ARG --board-csv ${GEN_PINS_BOARD_CSV})
set(MICROPY_PY_LWIP 1)
