// QEMU's RISC-V virt board: one RV32 hart with a CLINT timer, a PLIC and a 16550 UART.
#if defined(__riscv)

#include "port.h"

// Addresses and the UART's interrupt number: qemu hw/riscv/virt.c, `virt_memmap`
#define CLINT_MTIMECMP ((volatile uint32_t *)0x02004000)
#define CLINT_MTIME ((volatile uint32_t *)0x0200bff8)
#define TEST_FINISHER (*(volatile uint32_t *)0x00100000)
#define TEST_FINISHER_RESET (0x7777) // qemu include/hw/misc/sifive_test.h
#define TICKS_PER_US (10) // the board's 10 MHz time base
#define PLIC ((volatile uint32_t *)0x0c000000)
#define UART_IRQ (10)

// RISC-V PLIC specification, chapter 3: word offsets of context 0, the hart's machine mode
#define PLIC_PRIORITY(irq) PLIC[irq]
#define PLIC_ENABLE PLIC[0x2000 / 4]
#define PLIC_THRESHOLD PLIC[0x200000 / 4]
#define PLIC_CLAIM PLIC[0x200004 / 4]

// 16550 registers
#define UART_DATA (*(volatile uint8_t *)0x10000000)
#define UART_IER (*(volatile uint8_t *)0x10000001)
#define UART_FCR (*(volatile uint8_t *)0x10000002)
#define UART_LSR (*(volatile uint8_t *)0x10000005)
#define UART_IER_RECEIVED (1)
#define UART_LCR (*(volatile uint8_t *)0x10000003)
#define UART_FCR_FIFO_TRIGGER_14 (0xc1)
#define UART_LCR_8BITS (0x03)
#define UART_LCR_DIVISOR (0x80)
#define UART_LSR_DATA (1)

// RISC-V Privileged Architecture, 3.1.6 (mstatus) and 3.1.9 (mie)
#define MSTATUS_MIE (1 << 3)
#define MIE_TIMER (1 << 7)
#define MIE_EXTERNAL (1 << 11)

#define IDLE_US (1000)

__attribute__((interrupt("machine"), used)) static void timer_handler(void) {
    CLINT_MTIMECMP[1] = UINT32_MAX; // its only job was to end a wfi
}

static void receive(void) {
    while ((UART_LSR & UART_LSR_DATA) && console_put(UART_DATA)) {
    }
}

__attribute__((interrupt("machine"), used)) static void external_handler(void) {
    uint32_t irq = PLIC_CLAIM;
    receive();
    PLIC_CLAIM = irq;
}

// Vectored mode (Privileged Architecture, 3.1.7): entry n serves interrupt n, entry 0 the exceptions, which stay the
// port's. Its own table cannot be extended: its entries are bound inside one object file.
__attribute__((naked, aligned(256))) static void vector_table(void) {
    __asm volatile (
        ".option push\n"
        ".option norvc\n"
        "j mtvec_exception\n"
        ".rept 6\n j mtvec_exception\n .endr\n"
        "j timer_handler\n"
        ".rept 3\n j mtvec_exception\n .endr\n"
        "j external_handler\n"
        ".option pop\n");
}

// QEMU hands over bytes up to the FIFO's trigger level at once, fewer after a pause of four character times: a high
// level makes long transfers ten times faster, the highest baud rate makes the pause short.
static void uart_start(void) {
    UART_LCR = UART_LCR_8BITS | UART_LCR_DIVISOR;
    UART_DATA = 1; // divisor, low and high byte
    UART_IER = 0;
    UART_LCR = UART_LCR_8BITS;
    UART_FCR = UART_FCR_FIFO_TRIGGER_14;
}

void machine_start(void) {
    uintptr_t table = (uintptr_t)vector_table | 1; // 1: vectored
    uart_start();
    PLIC_PRIORITY(UART_IRQ) = 1;
    PLIC_THRESHOLD = 0;
    PLIC_ENABLE = 1 << UART_IRQ;
    CLINT_MTIMECMP[1] = UINT32_MAX;
    interrupts_disable();
    __asm volatile ("csrw mtvec, %0" :: "r" (table));
    __asm volatile ("csrw mie, %0" :: "r" (MIE_TIMER | MIE_EXTERNAL));
    console_receive(true);
    interrupts_restore(MSTATUS_MIE); // the port's start-up means to enable them, and writes the old value back
}

// QEMU writes the image's data again at a reset, and leaves other memory as it is. The port's start-up clears .bss, but
// not the many sections beside it that -fdata-sections makes and its link script does not gather.
void machine_restart(void) {
    extern uint32_t _ebss, _sstack;
    interrupts_disable();
    for (volatile uint32_t *word = &_ebss; word < &_sstack; word++) {
        *word = 0;
    }
    TEST_FINISHER = TEST_FINISHER_RESET;
}

static uint64_t ticks(void) {
    uint32_t high, low;
    do {
        high = CLINT_MTIME[1];
        low = CLINT_MTIME[0];
    } while (high != CLINT_MTIME[1]);
    return (uint64_t)high << 32 | low;
}

uint64_t machine_us(void) {
    return ticks() / TICKS_PER_US;
}

static void wake_at(uint64_t when) {
    CLINT_MTIMECMP[1] = UINT32_MAX; // no early match between the two halves
    CLINT_MTIMECMP[0] = (uint32_t)when;
    CLINT_MTIMECMP[1] = (uint32_t)(when >> 32);
}

void machine_wait(void) {
    uint32_t state = interrupts_disable();
    if (!console_waiting()) {
        wake_at(ticks() + IDLE_US * TICKS_PER_US);
        __asm volatile ("wfi" ::: "memory"); // a masked interrupt wakes it too, so none slips in between
    }
    interrupts_restore(state);
}

uint32_t interrupts_disable(void) {
    uint32_t state;
    __asm volatile ("csrrc %0, mstatus, %1" : "=r" (state) : "r" (MSTATUS_MIE) : "memory");
    return state & MSTATUS_MIE;
}

void interrupts_restore(uint32_t state) {
    __asm volatile ("csrs mstatus, %0" :: "r" (state) : "memory");
}

void console_receive(bool enable) {
    UART_IER = enable ? UART_IER_RECEIVED : 0;
}

intptr_t semihosting(intptr_t operation, const void *arguments) {
    register intptr_t a0 __asm("a0") = operation;
    register const void *a1 __asm("a1") = arguments;
    // the marker sequence of the RISC-V semihosting specification: uncompressed, within one page
    __asm volatile (
        ".option push\n"
        ".option norvc\n"
        ".balign 16\n"
        "slli zero, zero, 0x1f\n"
        "ebreak\n"
        "srai zero, zero, 7\n"
        ".option pop\n"
        : "+r" (a0) : "r" (a1) : "memory");
    return a0;
}

#endif
