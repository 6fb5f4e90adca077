// The REPL's console on the UART: received by interrupt, so that Ctrl-C stops a running program and select sees input.

#include "py/mphal.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "shared/runtime/interrupt_char.h"

#include "port.h"

static uint8_t buffer[512];
static ringbuf_t received = { buffer, sizeof(buffer), 0, 0 };
static bool stopped; // no room: QEMU keeps what comes

bool console_put(int byte) {
    if (byte == mp_interrupt_char) {
        mp_sched_keyboard_interrupt();
    } else {
        ringbuf_put(&received, byte);
    }
    if (ringbuf_free(&received) == 0) {
        stopped = true;
        console_receive(false);
    }
    return !stopped;
}

bool console_waiting(void) {
    return ringbuf_peek(&received) >= 0;
}

static int console_get(void) {
    uint32_t state = interrupts_disable();
    int byte = ringbuf_get(&received);
    if (stopped && ringbuf_free(&received) >= sizeof(buffer) / 2) {
        stopped = false;
        console_receive(true);
    }
    interrupts_restore(state);
    return byte;
}

// In place of the port's, which spins on the UART and neither sleeps nor runs scheduled callbacks.
int __wrap_mp_hal_stdin_rx_chr(void) {
    for (;;) {
        int byte = console_get();
        if (byte >= 0) {
            return byte;
        }
        mp_event_wait_ms(1);
    }
}

// In place of the port's, which never reports anything.
uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t flags) {
    uintptr_t ready = flags & MP_STREAM_POLL_WR; // writing waits for the UART, which is always soon
    return console_waiting() ? ready | (flags & MP_STREAM_POLL_RD) : ready;
}
