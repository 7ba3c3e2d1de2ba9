// BRK without a debugger: SIGTRAP.
        .text
        .global _start
_start: mov     x0, #1
        adr     x1, before
        mov     x2, #7
        mov     x8, #64                 // write
        svc     #0
        brk     #1000
        mov     x0, #0
        mov     x8, #93                 // exit
        svc     #0
before: .ascii  "before\n"
