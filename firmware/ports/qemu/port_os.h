// os.urandom, included by extmod/modos.c.

#include "py/mperrno.h"

static mp_obj_t mp_os_urandom(mp_obj_t length) {
    vstr_t bytes;
    vstr_init_len(&bytes, mp_obj_get_int(length));
    if (!host_random(bytes.buf, bytes.len)) {
        mp_raise_OSError(MP_ENODEV);
    }
    return mp_obj_new_bytes_from_vstr(&bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);
