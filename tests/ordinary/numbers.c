// Text to numbers and back: cases that round hard, and all conversions.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    static const char *const texts[] = {
        "0.1", "2.2250738585072011e-308", "2.2250738585072014e-308", "4.9406564584124654e-324", "2.4703282292062327e-324",
        "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740993", "0x1.fffffffffffff8p+0", "-0", "nan", "-inf",
        "123456789012345678901234567890", "1e23", "8.5e-1", "0x1p-1074", "3.14159265358979323846264338327950288",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        const double d = strtod(texts[i], NULL);
        const float f = strtof(texts[i], NULL);
        printf("%s: %.17g %a %e %f %.9g %a\n", texts[i], d, d, d, d > 1e40 || d < -1e40 ? 0 : d, f, (double)f);
        printf("  %ld %lu %d %u\n", lrint(fmin(fmax(d, -1e18), 1e18)), (unsigned long)fmin(fmax(d, 0), 1e18),
               (int)fmin(fmax(f, -1e9f), 1e9f), (unsigned)fmin(fmax(f, 0), 4e9f));
    }
    const long double third = 1.0L / 3;
    printf("%.36Lg %La %.40Lg\n", third, third * third, third + 1e20L);
    double sum = 0;
    for (int i = 1; i <= 1000; i++) sum += 1.0 / i;
    printf("%.17g %.3f %10.2e|%-12g|%+d\n", sum, sum, sum, sum, (int)sum);
    return 0;
}
