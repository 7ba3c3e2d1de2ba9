// Every addressing mode of loads and stores, each with every size it takes. After each group the registers that it
// filled and moved go into a hash, which is printed behind the group's name.
        .equ    SYS_write, 64
        .equ    SYS_exit, 93

        .data
        .balign 64
table:  .set    value, 0
        .rept   512
        .byte   (value * 37 + 11) & 0xff
        .set    value, value + 1
        .endr
        .bss
        .balign 64
out:    .skip   512
line:   .skip   64

        .text
        .global _start

        .macro  group name:vararg
        mov     x28, #1
        b       2f
1:      .ascii  \name
        .byte   0
        .balign 4
2:      adr     x27, 1b
        .endm
        .macro  mix regs:vararg         // into the hash X28
        .irp    r, \regs
        eor     x28, x28, \r
        mul     x28, x28, x26
        ror     x28, x28, #23
        .endr
        .endm
        .macro  moved base              // how far the base register went from the table
        sub     \base, \base, x19
        mix     \base
        add     \base, \base, x19
        .endm

_start: adrp    x19, table
        add     x19, x19, :lo12:table
        adrp    x20, out
        add     x20, x20, :lo12:out
        ldr     x26, =0x9e3779b97f4a7c15

        group   "unsigned offset"
        ldrb    w0, [x19, #255]
        ldrh    w1, [x19, #510]
        ldr     w2, [x19, #128]
        ldr     x3, [x19, #504]
        ldrsb   w4, [x19, #5]
        ldrsb   x5, [x19, #6]
        ldrsh   w6, [x19, #10]
        ldrsh   x7, [x19, #20]
        ldrsw   x8, [x19, #40]
        prfm    pldl1keep, [x19, #256]          // a prefetch leaves X0, whose number its operation has, alone
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8
        strb    w3, [x20, #63]
        strh    w3, [x20, #126]
        str     w3, [x20, #256]
        str     x3, [x20, #328]
        bl      report

        group   "unscaled offset"
        add     x9, x19, #256
        ldurb   w0, [x9, #-256]
        ldurh   w1, [x9, #-1]
        ldur    w2, [x9, #-77]
        ldur    x3, [x9, #247]
        ldursb  w4, [x9, #-3]
        ldursb  x5, [x9, #-4]
        ldursh  w6, [x9, #-5]
        ldursh  x7, [x9, #-6]
        ldursw  x8, [x9, #-7]
        prfum   pldl1strm, [x9, #-9]
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8
        add     x9, x20, #256
        sturb   w3, [x9, #-255]
        sturh   w3, [x9, #-251]
        stur    w3, [x9, #-249]
        stur    x3, [x9, #201]
        bl      report

        group   "pre-index"
        mov     x9, x19
        ldrb    w0, [x9, #1]!
        ldrh    w1, [x9, #255]!
        ldr     w2, [x9, #-100]!
        ldr     x3, [x9, #31]!
        ldrsb   w4, [x9, #-2]!
        ldrsb   x5, [x9, #3]!
        ldrsh   w6, [x9, #-4]!
        ldrsh   x7, [x9, #5]!
        ldrsw   x8, [x9, #-6]!
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8
        moved   x9
        add     x9, x20, #100
        strb    w3, [x9, #7]!
        strh    w3, [x9, #-50]!
        str     w3, [x9, #99]!
        str     x3, [x9, #-33]!
        sub     x9, x9, x20
        mix     x9
        bl      report

        group   "post-index"
        mov     x9, x19
        ldrb    w0, [x9], #255
        ldrh    w1, [x9], #-256
        ldr     w2, [x9], #100
        ldr     x3, [x9], #-31
        ldrsb   w4, [x9], #2
        ldrsb   x5, [x9], #-3
        ldrsh   w6, [x9], #4
        ldrsh   x7, [x9], #-5
        ldrsw   x8, [x9], #6
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8
        moved   x9
        add     x9, x20, #200
        strb    w3, [x9], #7
        strh    w3, [x9], #-50
        str     w3, [x9], #99
        str     x3, [x9], #-33
        sub     x9, x9, x20
        mix     x9
        bl      report

        group   "register offset"
        mov     x10, #24
        mov     w11, #-3                // W11 is 0xfffffffd: -3 for SXTW, large for UXTW
        add     x12, x19, #256
        mov     x13, #-17
        ldr     x0, [x19, x10]
        ldr     x1, [x19, x10, lsl #3]
        ldr     w2, [x19, w10, uxtw]
        ldr     w3, [x19, w10, uxtw #2]
        ldr     x4, [x12, w11, sxtw]
        ldr     x5, [x12, w11, sxtw #3]
        ldrh    w6, [x12, x13, sxtx]
        ldrh    w7, [x12, x13, sxtx #1]
        ldrb    w8, [x12, x13]
        ldrb    w14, [x12, w11, sxtw #0]
        ldrsb   x15, [x12, x13, lsl #0]
        ldrsh   w16, [x12, w11, sxtw #1]
        ldrsw   x17, [x12, x13, lsl #2]
        prfm    pldl2keep, [x12, w11, sxtw #3]
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8, x14, x15, x16, x17
        add     x9, x20, #256
        str     x5, [x9, x13, lsl #3]
        str     w5, [x9, w11, sxtw #2]
        strh    w5, [x9, w10, uxtw #1]
        strb    w5, [x9, x10]
        bl      report

        group   "literal"
        ldr     x0, literal
        ldr     w1, literal + 4
        ldrsw   x2, literal + 4
        prfm    pldl1keep, literal
        mix     x0, x1, x2
        bl      report

        group   "pairs"
        add     x9, x19, #256
        ldp     x0, x1, [x9, #-256]
        ldp     w2, w3, [x9, #252]
        ldpsw   x4, x5, [x9, #-128]
        ldnp    x6, x7, [x9, #64]
        ldnp    w8, w14, [x9, #-64]
        ldp     x15, x16, [x9, #16]!
        ldp     w17, w18, [x9], #-24
        ldpsw   x21, x22, [x9, #-60]!
        ldpsw   x23, x24, [x9], #48
        mix     x0, x1, x2, x3, x4, x5, x6, x7, x8, x14, x15, x16, x17, x18, x21, x22, x23, x24
        moved   x9
        add     x9, x20, #256
        stp     x0, x1, [x9, #-256]
        stp     w2, w3, [x9, #240]
        stnp    x4, x5, [x9, #64]
        stnp    w6, w7, [x9, #-64]
        stp     x8, xzr, [x9, #-32]!
        stp     w0, wzr, [x9], #8
        stp     x1, x1, [x9], #-16
        stp     w2, w2, [x9, #20]!
        sub     x9, x9, x20
        mix     x9
        bl      report

        group   "unprivileged"
        add     x9, x19, #256
        ldtrb   w0, [x9, #-200]
        ldtrh   w1, [x9, #-101]
        ldtr    w2, [x9, #55]
        ldtr    x3, [x9, #77]
        ldtrsb  x4, [x9, #1]
        ldtrsh  w5, [x9, #2]
        ldtrsw  x6, [x9, #3]
        mix     x0, x1, x2, x3, x4, x5, x6
        sttrb   w3, [x20, #3]
        sttrh   w3, [x20, #5]
        sttr    w3, [x20, #11]
        sttr    x3, [x20, #19]
        bl      report

        group   "ordered"
        add     x9, x19, #64
        ldarb   w0, [x9]
        ldarh   w1, [x9]
        ldar    w2, [x9]
        ldar    x3, [x9]
        mix     x0, x1, x2, x3
        add     x9, x20, #128
        stlrb   w3, [x9]
        add     x9, x9, #16
        stlrh   w3, [x9]
        add     x9, x9, #16
        stlr    w3, [x9]
        add     x9, x9, #16
        stlr    x3, [x9]
        bl      report

        group   "stack pointer as base, zero register as data"
        mov     x9, sp
        add     sp, x20, #256
        str     xzr, [sp, #-16]!
        str     wzr, [sp], #4
        strb    wzr, [sp, #1]
        ldr     xzr, [sp, #4]
        ldr     x0, [sp, x10]
        ldrh    w1, [sp, #-2]!
        mov     x2, sp
        mov     sp, x9
        sub     x2, x2, x20
        mix     x0, x1, x2
        bl      report

        group   "all that was stored"
        mov     x9, #0
1:      ldr     x0, [x20, x9]
        mix     x0
        add     x9, x9, #8
        cmp     x9, #512
        b.ne    1b
        bl      report

        mov     x0, #0
        mov     x8, #SYS_exit
        svc     #0

// Writes the group's name (X27), ": ", the hash X28 in hexadecimal and a newline.
report: adrp    x1, line
        add     x1, x1, :lo12:line
        mov     x2, x1
1:      ldrb    w0, [x27], #1
        cbz     w0, 2f
        strb    w0, [x2], #1
        b       1b
2:      mov     w0, #':'
        strb    w0, [x2], #1
        mov     w0, #' '
        strb    w0, [x2], #1
        mov     w3, #60
3:      lsr     x0, x28, x3
        and     w0, w0, #15
        cmp     w0, #10
        add     w4, w0, #'0'
        add     w5, w0, #'a' - 10
        csel    w0, w4, w5, lo
        strb    w0, [x2], #1
        subs    w3, w3, #4
        b.pl    3b
        mov     w0, #'\n'
        strb    w0, [x2], #1
        sub     x2, x2, x1
        mov     x0, #1
        mov     x8, #SYS_write
        svc     #0
        ret

        .balign 8
literal:
        .quad   0x89abcdef01234567
