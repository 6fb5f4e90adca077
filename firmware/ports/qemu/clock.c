// Time since start, the time of day taken once from the host, and delays that sleep.

#include "py/mphal.h"
#include "py/runtime.h"

#include "port.h"

static uint64_t start_ns; // of the Unix epoch, when the machine started

void __real_uart_init(void);

// The first thing the port's start-up code does once memory is set up.
void __wrap_uart_init(void) {
    __real_uart_init();
    machine_start();
    start_ns = (uint32_t)semihosting(SEMIHOSTING_TIME, NULL) * 1000000000ULL;
}

mp_uint_t mp_hal_ticks_us(void) {
    return machine_us();
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return machine_us();
}

mp_uint_t mp_hal_ticks_ms(void) {
    return machine_us() / 1000;
}

uint64_t mp_hal_time_ns(void) {
    return start_ns + machine_us() * 1000;
}

void mp_hal_delay_us(mp_uint_t us) {
    uint64_t start = machine_us();
    while (machine_us() - start < us) {
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    uint64_t end = machine_us() + (uint64_t)ms * 1000;
    for (;;) {
        uint64_t now = machine_us();
        if (now >= end) {
            return;
        }
        mp_event_wait_ms((end - now) / 1000 + 1);
    }
}
