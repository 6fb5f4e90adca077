// What the RP2040's mask ROM holds at fixed addresses, and the tables by which the SDK finds its functions:
// RP2040 datasheet, 2.8.3 "Bootrom contents". Written for the emulator; nothing here comes from the real ROM.
        .syntax unified
        .cpu    cortex-m0plus
        .thumb

        .section .fixed, "a"
        .word   0x20042000              // initial stack pointer: the end of SRAM5
        .word   reset
        .word   stopped                 // NMI
        .word   stopped                 // hard fault
        .byte   'M', 'u', 1             // magic
        .byte   2                       // version: that of the B1 stepping, the SDK asks it for the float functions
        .hword  functions
        .hword  data
        .hword  table_lookup + 1        // + 1: Thumb code

// A row of a lookup table: two characters and a 16 bit address.
        .macro  row a, b, address
        .byte   \a, \b
        .hword  \address
        .endm

        .section .rodata.tables, "a"
        .balign 4
functions:
        row     'M', 'S', memory_set + 1
        row     'S', '4', memory_set + 1
        row     'M', 'C', memory_copy + 1
        row     'C', '4', memory_copy + 1
        row     'L', '3', leading_zeros + 1
        row     'T', '3', trailing_zeros + 1
        row     'P', '3', population_count + 1
        row     'R', '3', reverse_bits + 1
        row     'I', 'F', nothing_to_do + 1     // connect the flash
        row     'E', 'X', nothing_to_do + 1     // leave execute-in-place mode
        row     'C', 'X', nothing_to_do + 1     // enter it
        row     'F', 'C', nothing_to_do + 1     // flush its cache
        row     'R', 'E', flash_erase + 1
        row     'R', 'P', flash_program + 1
        row     'U', 'B', stopped + 1           // restart as a USB drive
        .word   0

data:
        row     'S', 'F', float_functions
        row     'S', 'D', double_functions
        .word   0

// Floating point, in the order of the SDK's pico/bootrom/sf_table.h. MicroPython brings its own sines and logarithms,
// and no fixed-point numbers, so that those entries are never called.
        .macro  arithmetic p
        .word   __aeabi_\p\()add, __aeabi_\p\()sub, __aeabi_\p\()mul, __aeabi_\p\()div
        .word   stopped, stopped, stopped               // two comparisons, square root
        .word   __aeabi_\p\()2iz, stopped, __aeabi_\p\()2uiz, stopped
        .word   __aeabi_i2\p, stopped, __aeabi_ui2\p, stopped
        .word   stopped, stopped, stopped, stopped, stopped, stopped    // cos, sin, tan, sincos, exp, ln
        .word   stopped, stopped                        // comparison, atan2
        .word   __aeabi_l2\p, stopped, __aeabi_ul2\p, stopped
        .word   __aeabi_\p\()2lz, stopped, __aeabi_\p\()2ulz, stopped
        .endm

        .balign 4
        .hword  0, 32                   // the number of entries precedes the table
float_functions:
        arithmetic f
        .word   __aeabi_f2d
        .hword  0, 32
double_functions:
        arithmetic d
        .word   __aeabi_d2f
