// No stack at all: SP is never used, everything lives in registers and a buffer. Prints the squares and cubes of
// 1 to 20, formatted by hand, then exits with their sum modulo 256.
        .equ    SYS_write, 64
        .equ    SYS_exit, 93

        .bss
buffer: .skip   1024
        .text
        .global _start
_start: adrp    x19, buffer
        add     x19, x19, :lo12:buffer  // start of the output
        mov     x20, x19                // and its end
        mov     w21, #1                 // n
        mov     w22, #0                 // sum
next:   mul     w23, w21, w21
        mul     w24, w23, w21
        add     w22, w22, w23
        add     w22, w22, w24
        mov     w0, w21
        mov     w1, #' '
        bl      append
        mov     w0, w23
        bl      append
        mov     w0, w24
        mov     w1, #'\n'
        bl      append
        add     w21, w21, #1
        cmp     w21, #20
        b.ls    next

        mov     x0, #1
        mov     x1, x19
        sub     x2, x20, x19
        mov     x8, #SYS_write
        svc     #0
        cmp     x0, x2
        cset    w1, ne
        and     w0, w22, #0xff
        orr     w0, w0, w1, lsl #7      // a short write shows in the status
        mov     x8, #SYS_exit
        svc     #0

// Appends W0 in decimal and the character W1. The digits come out last first, so they are kept in X3 and X4, a
// byte each: ten of them at most.
append: mov     w2, #10
        mov     x3, #0
        mov     x4, #0
        mov     w7, #0
1:      udiv    w5, w0, w2
        msub    w6, w5, w2, w0
        orr     w6, w6, #'0'
        extr    x4, x4, x3, #56
        orr     x3, x6, x3, lsl #8
        add     w7, w7, #1
        mov     w0, w5
        cbnz    w0, 1b
2:      strb    w3, [x20], #1
        extr    x3, x4, x3, #8
        lsr     x4, x4, #8
        subs    w7, w7, #1
        b.ne    2b
        strb    w1, [x20], #1
        ret
