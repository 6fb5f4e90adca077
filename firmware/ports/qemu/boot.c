// Boot as ports for real boards do: the ROMFS, _boot.py (frozen, file system), boot.py, then main.py unless a tool holds the REPL.

#include "py/gc.h"
#include "py/runtime.h"
#include "extmod/vfs.h"
#include "shared/runtime/pyexec.h"

#include "port.h"

void __real_mp_init(void);

static int run_start_up(void) {
    __real_mp_init();
    #if MICROPY_VFS_ROM_IOCTL
    mp_vfs_mount_romfs_protected();
    #endif
    pyexec_frozen_module("_boot.py", false);
    int status = pyexec_file_if_exists("boot.py");
    if (!(status & PYEXEC_FORCED_EXIT) && pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL) {
        status = pyexec_file_if_exists("main.py");
    }
    return status;
}

// main() of the port calls mp_init() at power-on and at every soft reset, then goes straight to the REPL. A soft reset that
// boot.py or main.py asks for is done here, as main() does its own.
void __wrap_mp_init(void) {
    while (run_start_up() & PYEXEC_FORCED_EXIT) {
        mp_printf(&mp_plat_print, "MPY: soft reboot\n");
        gc_sweep_all();
        mp_deinit();
    }
}

void __real_exit(int status);

// machine.reset() of the port calls exit(0), which ends QEMU; a board starts again.
void __wrap_exit(int status) {
    if (status == 0) {
        machine_restart();
    }
    __real_exit(status);
}
