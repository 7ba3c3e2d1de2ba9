// All sixteen conditions under all sixteen values of NZCV: one line each with what B.cond, CSEL, CSINC, CSINV, CSNEG,
// CCMP and CCMN made of them, as a hash, and a row of the conditions that held.
        .equ    SYS_write, 64
        .equ    SYS_exit, 93

        .bss
buffer: .skip   2048
        .text
        .global _start

        .macro  try cond
        msr     nzcv, x20
        csel    x0, x25, x26, \cond
        csinc   x1, x25, x26, \cond
        csinv   w2, w25, w26, \cond
        csneg   x3, x25, x26, \cond
        ccmp    x25, x26, #5, \cond
        mrs     x4, nzcv
        msr     nzcv, x20
        ccmn    w25, #31, #10, \cond
        mrs     x5, nzcv
        msr     nzcv, x20
        mov     w6, #'-'
        b.\cond 1f
        b       2f
1:      mov     w6, #'T'
2:      strb    w6, [x21], #1
        .irp    r, 0, 1, 2, 3, 4, 5
        eor     x24, x24, x\r
        mul     x24, x24, x27
        ror     x24, x24, #23
        .endr
        .endm

_start: adrp    x19, buffer
        add     x19, x19, :lo12:buffer
        mov     x21, x19
        mov     x22, #0                 // NZCV, 0 to 15
        ldr     x25, =0x8000000012345678
        ldr     x26, =0x7fffffff87654321
        ldr     x27, =0x9e3779b97f4a7c15
next:   lsl     x20, x22, #28
        mov     x24, #1
        .irp    cond, eq, ne, hs, lo, mi, pl, vs, vc, hi, ls, ge, lt, gt, le, al, nv
        try     \cond
        .endr
        mov     w0, #' '
        strb    w0, [x21], #1
        mov     w1, #16                 // the hash in hexadecimal
3:      ror     x24, x24, #60
        and     w0, w24, #15
        cmp     w0, #10
        add     w2, w0, #'0'
        add     w3, w0, #'a' - 10
        csel    w0, w2, w3, lo
        strb    w0, [x21], #1
        sub     w1, w1, #1
        cbnz    w1, 3b
        mov     w0, #'\n'
        strb    w0, [x21], #1
        add     x22, x22, #1
        cmp     x22, #16
        b.ne    next

        mov     x0, #1
        mov     x1, x19
        sub     x2, x21, x19
        mov     x8, #SYS_write
        svc     #0
        mov     x0, #0
        mov     x8, #SYS_exit
        svc     #0
