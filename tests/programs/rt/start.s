// Entry point of the C programs: hands main its argc, argv and envp, then exits with what main returns.
        .text
        .global _start
        .type _start, %function
_start:
        mov     x29, #0
        mov     x30, #0
        ldr     x0, [sp]
        add     x1, sp, #8
        add     x2, x1, x0, lsl #3
        add     x2, x2, #8
        bl      main
        b       quit
        .size _start, . - _start
