// What the common files of this module ask of the emulated machine: one implementation per processor.
#ifndef MICRODOT_QEMU_PORT_H
#define MICRODOT_QEMU_PORT_H

#include <stdbool.h>
#include <stdint.h>

// Install our interrupt vectors and start the time base and the console's receive interrupt.
void machine_start(void);

// Microseconds since machine_start().
uint64_t machine_us(void);

// Sleep until an interrupt, 1 ms at most, unless console_waiting() already holds.
void machine_wait(void);

// Start again from power-on, memory that the image does not use kept.
void machine_restart(void);

// Mask interrupts and return what interrupts_restore() takes to undo it.
uint32_t interrupts_disable(void);
void interrupts_restore(uint32_t state);

// Let the UART raise its receive interrupt, or stop it while there is no room (QEMU then keeps the bytes).
void console_receive(bool enable);

// Hand a byte from the UART's interrupt to the console; false when there is no room for another.
bool console_put(int byte);
bool console_waiting(void);

// A request to the emulator (Arm "Semihosting for AArch32 and AArch64", section 5; RISC-V has the same numbers).
enum { SEMIHOSTING_OPEN = 0x01, SEMIHOSTING_READ = 0x06, SEMIHOSTING_TIME = 0x11 };
intptr_t semihosting(intptr_t operation, const void *arguments);

// Fill the buffer from the host's random number generator; false if the emulator does not let us.
bool host_random(void *buffer, uint32_t length);
uint32_t host_random_seed(void);

#endif
