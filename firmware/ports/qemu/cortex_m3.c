// QEMU's mps2-an385 board: Arm Cortex-M3 with the peripherals of Arm Application Note 385.
#if defined(__arm__)

#include <string.h>

#include "port.h"

// Armv7-M Architecture Reference Manual, B3.3 (SysTick), B3.2 (ICSR, VTOR, AIRCR), B3.4 (NVIC)
#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)
#define SYST_ENABLE_WITH_INTERRUPT (7)
#define NVIC_ISER0 (*(volatile uint32_t *)0xe000e100)
#define SCB_ICSR (*(volatile uint32_t *)0xe000ed04)
#define ICSR_PENDSTSET (1u << 26)
#define SCB_VTOR (*(volatile uint32_t *)0xe000ed08)
#define SCB_AIRCR (*(volatile uint32_t *)0xe000ed0c)
#define AIRCR_SYSRESETREQ (0x05fa0004) // with the key that makes the write count

// Cortex-M System Design Kit TRM, 4.3 "APB UART"; AN385 table 3-1 puts UART 0 here, its receiver on interrupt 0
#define UART0_DATA (*(volatile uint32_t *)0x40004000)
#define UART0_STATE (*(volatile uint32_t *)0x40004004)
#define UART0_CTRL (*(volatile uint32_t *)0x40004008)
#define UART0_INTCLEAR (*(volatile uint32_t *)0x4000400c)
#define UART_STATE_RXFULL (1 << 1)
#define UART_CTRL_RX_INTERRUPT (1 << 3)
#define UART_INT_RX (1 << 1)
#define UART0_RX_IRQ (0)

#define CLOCK_MHZ (25) // AN385 section 2.4
#define TICKS_PER_MS (CLOCK_MHZ * 1000)

#define EXCEPTIONS (16)
#define SYSTICK_EXCEPTION (15)

// The port's table has no room for interrupts, so ours takes its place; VTOR wants 128 byte alignment for 17 entries.
extern const uint32_t isr_vector[EXCEPTIONS];
static uint32_t vectors[EXCEPTIONS + 1] __attribute__((aligned(128)));

static volatile uint32_t elapsed_ms;

static void tick_handler(void) {
    elapsed_ms++;
}

static void uart_rx_handler(void) {
    UART0_INTCLEAR = UART_INT_RX;
    if (UART0_STATE & UART_STATE_RXFULL) {
        console_put(UART0_DATA);
    }
}

void machine_start(void) {
    memcpy(vectors, isr_vector, EXCEPTIONS * sizeof(vectors[0]));
    vectors[SYSTICK_EXCEPTION] = (uint32_t)tick_handler;
    vectors[EXCEPTIONS + UART0_RX_IRQ] = (uint32_t)uart_rx_handler;
    SCB_VTOR = (uint32_t)vectors;
    SYST_RVR = TICKS_PER_MS - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_ENABLE_WITH_INTERRUPT;
    NVIC_ISER0 = 1 << UART0_RX_IRQ;
    console_receive(true);
}

void machine_restart(void) {
    SCB_AIRCR = AIRCR_SYSRESETREQ;
}

uint64_t machine_us(void) {
    uint32_t state = interrupts_disable();
    uint32_t counted = SYST_CVR;
    uint32_t ms = elapsed_ms;
    if (SCB_ICSR & ICSR_PENDSTSET) { // the counter wrapped while we held the interrupt back
        counted = SYST_CVR;
        ms++;
    }
    interrupts_restore(state);
    return (uint64_t)ms * 1000 + (TICKS_PER_MS - 1 - counted) / CLOCK_MHZ;
}

void machine_wait(void) {
    uint32_t state = interrupts_disable();
    if (!console_waiting()) {
        __asm volatile ("wfi" ::: "memory"); // a masked interrupt wakes it too, so none slips in between
    }
    interrupts_restore(state);
}

uint32_t interrupts_disable(void) {
    uint32_t state;
    __asm volatile ("mrs %0, primask\n cpsid i" : "=r" (state) :: "memory");
    return state;
}

void interrupts_restore(uint32_t state) {
    __asm volatile ("msr primask, %0" :: "r" (state) : "memory");
}

void console_receive(bool enable) {
    uint32_t others = UART0_CTRL & ~UART_CTRL_RX_INTERRUPT;
    UART0_CTRL = enable ? others | UART_CTRL_RX_INTERRUPT : others;
    if (enable && (UART0_STATE & UART_STATE_RXFULL)) { // a byte that came while masked raises no interrupt
        uart_rx_handler();
    }
}

intptr_t semihosting(intptr_t operation, const void *arguments) {
    register intptr_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = arguments;
    __asm volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
    return r0;
}

#endif
