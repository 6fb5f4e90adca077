// Randomness from the host: the emulated machines have no source of their own, and sessions must not be guessable.

#include "port.h"

static const char source[] = "/dev/urandom";
enum { MODE_READ_BINARY = 1 };

static intptr_t handle; // of the host's file, opened once; 0 before

bool host_random(void *buffer, uint32_t length) {
    if (handle <= 0) {
        const uintptr_t open[3] = { (uintptr_t)source, MODE_READ_BINARY, sizeof(source) - 1 };
        handle = semihosting(SEMIHOSTING_OPEN, open);
    }
    if (handle <= 0) {
        return false;
    }
    const uintptr_t read[3] = { handle, (uintptr_t)buffer, length };
    return semihosting(SEMIHOSTING_READ, read) == 0; // the answer is the number of bytes not read
}

uint32_t host_random_seed(void) {
    uint32_t seed = 0;
    host_random(&seed, sizeof(seed));
    return seed ^ (uint32_t)machine_us();
}
