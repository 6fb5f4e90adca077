// A ROMFS partition that is plain memory behind `vfs.rom_ioctl`, as the stm32, esp8266 and alif ports have it, for boards
// whose mpconfigboard.mk says where. It behaves like the NOR flash of those: writing clears bits, erasing sets them.

#include "py/mperrno.h"
#include "py/objarray.h"
#include "py/runtime.h"
#include "extmod/vfs.h"

#if MICROPY_VFS_ROM_IOCTL

#define SECTOR (4096)
#define UNIT (4) // bytes that are written at once, as on the esp8266

static uint8_t *const memory = (uint8_t *)MICRODOT_ROMFS_ADDRESS;
static const MP_DEFINE_MEMORYVIEW_OBJ(segment, 'B', 0, MICRODOT_ROMFS_BYTES, (void *)MICRODOT_ROMFS_ADDRESS);

static mp_int_t erase(mp_uint_t length) {
    length = (length + SECTOR - 1) / SECTOR * SECTOR;
    if (length > MICRODOT_ROMFS_BYTES) {
        return -MP_EINVAL;
    }
    memset(memory, 0xff, length);
    return UNIT;
}

static mp_int_t program(mp_uint_t offset, mp_obj_t data) {
    mp_buffer_info_t source;
    mp_get_buffer_raise(data, &source, MP_BUFFER_READ);
    if (offset % UNIT || source.len % UNIT || offset + source.len > MICRODOT_ROMFS_BYTES) {
        return -MP_EINVAL;
    }
    for (size_t i = 0; i < source.len; i++) {
        memory[offset + i] &= ((const uint8_t *)source.buf)[i];
    }
    return 0;
}

mp_obj_t mp_vfs_rom_ioctl(size_t n_args, const mp_obj_t *args) {
    mp_int_t answer = -MP_EINVAL;
    switch (mp_obj_get_int(args[0])) {
        case MP_VFS_ROM_IOCTL_GET_NUMBER_OF_SEGMENTS:
            answer = 1;
            break;
        case MP_VFS_ROM_IOCTL_GET_SEGMENT:
            return MP_OBJ_FROM_PTR(&segment);
        case MP_VFS_ROM_IOCTL_WRITE_PREPARE:
            answer = n_args == 3 ? erase(mp_obj_get_int(args[2])) : answer;
            break;
        case MP_VFS_ROM_IOCTL_WRITE:
            answer = n_args == 4 ? program(mp_obj_get_int(args[2]), args[3]) : answer;
            break;
    }
    return MP_OBJ_NEW_SMALL_INT(answer);
}

#endif
