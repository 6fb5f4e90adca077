// The wall clock of the module `time`, included by extmod/modtime.c.

#include "py/mphal.h"
#include "shared/timeutils/timeutils.h"

static uint64_t seconds_since_epoch(void) {
    return mp_hal_time_ns() / 1000000000ULL;
}

static mp_obj_t mp_time_time_get(void) {
    return mp_obj_new_int_from_ull(seconds_since_epoch());
}

static mp_obj_t mp_time_localtime_get(void) {
    timeutils_struct_time_t tm;
    timeutils_seconds_since_epoch_to_struct_time(seconds_since_epoch(), &tm);
    mp_obj_t fields[8] = {
        mp_obj_new_int(tm.tm_year),
        mp_obj_new_int(tm.tm_mon),
        mp_obj_new_int(tm.tm_mday),
        mp_obj_new_int(tm.tm_hour),
        mp_obj_new_int(tm.tm_min),
        mp_obj_new_int(tm.tm_sec),
        mp_obj_new_int(tm.tm_wday),
        mp_obj_new_int(tm.tm_yday),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(fields), fields);
}
