// A branch to an address that is not a multiple of four: SIGBUS.
        .text
        .global _start
_start: adr     x16, _start + 2
        br      x16
