// The functions of the stand-in for the RP2040's mask ROM: RP2040 datasheet, 2.8.3.1. Compiled with r12 left alone,
// because the SDK keeps values there across calls of the bit functions (pico_bit_ops/bit_ops_aeabi.S).

#include <stdint.h>

#define SIO_CPUID (*(volatile uint32_t *)0xd0000000)
#define VTOR (*(volatile uint32_t *)0xe000ed08)
#define FLASH ((volatile uint32_t *)0x10000000) // the emulator's flash is plain memory that can be written
#define FLASH_VECTORS (0x10000100) // after the 256 bytes of the second-stage boot loader, which sets up real flash

void stopped(void) {
    for (;;) {
        __asm volatile ("bkpt #0"); // the emulator says so
    }
}

// The processor starts here. Core 1 sleeps for ever: the emulator has one core.
void reset(void) {
    while (SIO_CPUID != 0) {
        __asm volatile ("wfi");
    }
    const uint32_t *vectors = (const uint32_t *)FLASH_VECTORS;
    VTOR = FLASH_VECTORS;
    __asm volatile ("msr msp, %0\n bx %1" :: "r" (vectors[0]), "r" (vectors[1]));
    __builtin_unreachable();
}

// Find `code`, two characters, in a table of codes and 16 bit addresses that ends with a code of 0.
void *table_lookup(const uint16_t *table, uint32_t code) {
    for (; table[0] != 0; table += 2) {
        if (table[0] == code) {
            return (void *)(uintptr_t)table[1];
        }
    }
    return 0;
}

void nothing_to_do(void) {
}

uint8_t *memory_set(uint8_t *start, uint8_t value, uint32_t length) {
    uint8_t *p = start;
    for (; length > 0 && ((uintptr_t)p & 3); length--) {
        *p++ = value;
    }
    for (uint32_t word = value * 0x01010101u; length >= 4; length -= 4, p += 4) {
        *(uint32_t *)p = word;
    }
    for (; length > 0; length--) {
        *p++ = value;
    }
    return start;
}

uint8_t *memory_copy(uint8_t *start, const uint8_t *source, uint32_t length) {
    uint8_t *p = start;
    if ((((uintptr_t)p | (uintptr_t)source) & 3) == 0) {
        for (; length >= 4; length -= 4, p += 4, source += 4) {
            *(uint32_t *)p = *(const uint32_t *)source;
        }
    }
    for (; length > 0; length--) {
        *p++ = *source++;
    }
    return start;
}

uint32_t leading_zeros(uint32_t value) {
    uint32_t count = 32;
    for (; value != 0; value >>= 1) {
        count--;
    }
    return count;
}

uint32_t trailing_zeros(uint32_t value) {
    return value ? 31 - leading_zeros(value & -value) : 32;
}

uint32_t population_count(uint32_t value) {
    uint32_t count = 0;
    for (; value != 0; value &= value - 1) {
        count++;
    }
    return count;
}

uint32_t reverse_bits(uint32_t value) {
    uint32_t reversed = 0;
    for (int i = 0; i < 32; i++, value >>= 1) {
        reversed = reversed << 1 | (value & 1);
    }
    return reversed;
}

void flash_erase(uint32_t offset, uint32_t length) {
    for (uint32_t i = offset; i < offset + length; i += 4) {
        FLASH[i / 4] = 0xffffffff;
    }
}

// Programming clears bits and sets none, as in real flash.
void flash_program(uint32_t offset, const uint8_t *data, uint32_t length) {
    for (uint32_t i = 0; i < length; i += 4) {
        uint32_t word = data[i] | data[i + 1] << 8 | data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;
        FLASH[(offset + i) / 4] &= word;
    }
}
