// Rounding modes and exception flags.
#include <fenv.h>
#include <math.h>
#include <stdio.h>

int main(void) {
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    volatile double one = 1, three = 3, zero = 0, tiny = 1e-300, huge = 1e300, negative = -2.5;
    volatile float f = 16777217.0f, g = 0.1f;
    for (int i = 0; i < 4; i++) {
        fesetround(modes[i]);
        feclearexcept(FE_ALL_EXCEPT);
        volatile double q = one / three;
        printf("%d %a %x", i, q, fetestexcept(FE_ALL_EXCEPT));
        feclearexcept(FE_ALL_EXCEPT);
        q = tiny * tiny;
        printf(" %a %x", q, fetestexcept(FE_ALL_EXCEPT));
        feclearexcept(FE_ALL_EXCEPT);
        q = huge * huge;
        printf(" %a %x", q, fetestexcept(FE_ALL_EXCEPT));
        feclearexcept(FE_ALL_EXCEPT);
        q = one / zero;
        printf(" %a %x", q, fetestexcept(FE_ALL_EXCEPT));
        feclearexcept(FE_ALL_EXCEPT);
        q = zero / zero;
        printf(" %d %x", q != q, fetestexcept(FE_ALL_EXCEPT));
        feclearexcept(FE_ALL_EXCEPT);
        q = sqrt(negative);
        printf(" %d %x", q != q, fetestexcept(FE_ALL_EXCEPT));
        printf(" %ld %a %a %a\n", lrint(negative), rint(negative), (double)(f * g), (double)(float)(one / three));
    }
    return 0;
}
