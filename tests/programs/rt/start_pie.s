// Entry point of static-PIE programs. The kernel only places the image; before any absolute address is used,
// the image moves its own pointers: every R_AARCH64_RELATIVE entry of .rela.dyn gets the load address added.
        .equ    DT_RELA, 7
        .equ    DT_RELASZ, 8
        .equ    R_AARCH64_RELATIVE, 1027

        .hidden _DYNAMIC
        .hidden __ehdr_start
        .text
        .global _start
        .type _start, %function
_start:
        mov     x29, #0
        mov     x30, #0
        adrp    x3, __ehdr_start
        add     x3, x3, :lo12:__ehdr_start      // load address: the image is linked at 0
        adrp    x4, _DYNAMIC
        add     x4, x4, :lo12:_DYNAMIC
        mov     x5, #0                          // address of the relocations
        mov     x6, #0                          // and their size
1:      ldp     x7, x8, [x4], #16
        cbz     x7, 2f
        cmp     x7, #DT_RELA
        csel    x5, x8, x5, eq
        cmp     x7, #DT_RELASZ
        csel    x6, x8, x6, eq
        b       1b
2:      add     x5, x5, x3
        add     x6, x5, x6
3:      cmp     x5, x6
        b.hs    4f
        ldp     x7, x8, [x5]                    // place, kind
        ldr     x9, [x5, #16]                   // addend
        add     x5, x5, #24
        mov     w10, #R_AARCH64_RELATIVE
        cmp     w8, w10
        b.ne    5f
        add     x9, x9, x3
        str     x9, [x3, x7]
        b       3b
4:      ldr     x0, [sp]
        add     x1, sp, #8
        add     x2, x1, x0, lsl #3
        add     x2, x2, #8
        bl      main
        b       quit
5:      udf     #1                              // a relocation this start-up code does not know
        .size _start, . - _start
