# What all our ESP32 boards share, included by each board's mpconfigboard.cmake after the port's own.

# the IDF takes the partition table's path from sdkconfig, where only text as it stands is possible
file(WRITE ${CMAKE_BINARY_DIR}/sdkconfig.partitions
    "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"${MICROPY_BOARD_DIR}/partitions.csv\"\n")

list(APPEND SDKCONFIG_DEFAULTS ${MICRODOT_PORT_DIR}/sdkconfig ${CMAKE_BINARY_DIR}/sdkconfig.partitions)
if(EXISTS ${MICROPY_BOARD_DIR}/sdkconfig.board)
    list(APPEND SDKCONFIG_DEFAULTS ${MICROPY_BOARD_DIR}/sdkconfig.board)
endif()

# read-only file system for deployed apps
list(APPEND MICROPY_DEF_BOARD MICROPY_VFS_ROM=1)
