// The port's configuration plus what a web framework needs: time, select, asyncio, a file system and hashes.
// Compiled in place of the port's own (MP_CONFIGFILE), which it includes.

#include "ports/qemu/mpconfigport.h"

#undef MICROPY_PY_TIME
#define MICROPY_PY_TIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_INCLUDEFILE "port_time.h"
#define MICROPY_EPOCH_IS_1970 (1)

#undef MICROPY_PY_SELECT
#define MICROPY_PY_SELECT (1)
#define MICROPY_PY_SELECT_SELECT (0)
#undef MICROPY_PY_ASYNCIO
#define MICROPY_PY_ASYNCIO (1)

// mpremote mount and binary transfers read sys.stdin.buffer
#undef MICROPY_PY_SYS_STDIO_BUFFER
#define MICROPY_PY_SYS_STDIO_BUFFER (1)
#define MICROPY_KBD_EXCEPTION (1)
#define MICROPY_PY_OS_DUPTERM (0)

#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_PY_OS_INCLUDEFILE "port_os.h"
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (host_random_seed())

// hashes from mbedTLS, as on real boards; its SHA-1 is what a WebSocket handshake needs
#define MICROPY_SSL_MBEDTLS (1)
#define MICROPY_PY_HASHLIB_SHA1 (1)
#define MICROPY_PY_HASHLIB_SHA256 (1)

#define MICROPY_PY_WEBSOCKET (1)

// a ROMFS on the boards whose mpconfigboard.mk gives it a place in memory (romfs.c)
#ifdef MICRODOT_ROMFS_ADDRESS
#undef MICROPY_VFS_ROM_IOCTL
#define MICROPY_VFS_ROM_IOCTL (1)
#endif

#include "port.h"

#define MICROPY_BEGIN_ATOMIC_SECTION() interrupts_disable()
#define MICROPY_END_ATOMIC_SECTION(state) interrupts_restore(state)
#define MICROPY_INTERNAL_WFE(timeout_ms) machine_wait()
