// Text to numbers and back, including the hard cases of correct rounding.
#include <inttypes.h>
#include <math.h>

#include "../common/show.h"

int main(void)
{
    static const char *const texts[] = {
        "0", "-0", "1", "0.1", "1e23", "8.5e22", "9007199254740993", "9007199254740992.5",
        "9007199254740993.0000000000000000000000000001", "2.2250738585072011e-308",
        "2.2250738585072012e-308", "2.2250738585072014e-308", "4.9e-324", "2.4703282292062327e-324",
        "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400",
        "1e-400", "0x1p-1074", "0x1.fffffffffffff8p0", "0x1.fffffffffffff7p0", "0x.8p1", "inf",
        "-Infinity", "nan", "nan(123)", "1e", "1e+", ".5", "5.", ".", "+3.5abc", "  \t7", "0x",
        "3.4028235677973366e38", "1.17549435e-38", "7.0064923216240854e-46", "16777217",
        "16777219", "0.30000001192092896", "1.00000005960464477539062499999",
        "1.00000005960464477539062500001", "123456789012345678901234567890",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *end_d, *end_f;
        errno = 0;
        double d = strtod(texts[i], &end_d);
        int error_d = errno;
        errno = 0;
        float f = strtof(texts[i], &end_f);
        int error_f = errno;
        printf("%s -> %016" PRIx64 " rest '%s' %d, %08" PRIx32 " rest '%s' %d, %.36Lg\n", texts[i],
               bits_of_double(d), end_d, error_d == ERANGE, bits_of_float(f), end_f,
               error_f == ERANGE, strtold(texts[i], NULL));
    }

    // Every number must survive being printed with 17 (9) digits and read again.
    uint64_t state = 1, changed = 0, sum = 0;
    char text[64];
    for (int i = 0; i < 20000; i++) {
        double d = double_of_bits(scramble(&state));
        if (isfinite(d)) {
            int length = snprintf(text, sizeof text, "%.17g", d);
            changed += bits_of_double(strtod(text, NULL)) != bits_of_double(d);
            for (int k = 0; k < length; k++)
                digest(&sum, (uint64_t)text[k]);
        }
        float f = float_of_bits((uint32_t)scramble(&state));
        if (isfinite(f)) {
            snprintf(text, sizeof text, "%.9g", (double)f);
            changed += bits_of_float(strtof(text, NULL)) != bits_of_float(f);
        }
    }
    printf("round trips changed %" PRIu64 ", digest %016" PRIx64 "\n", changed, sum);

    static const char *const integers[] = { "9223372036854775807", "9223372036854775808",
                                            "-9223372036854775808", "-9223372036854775809",
                                            "18446744073709551615", "18446744073709551616", "-1",
                                            "0x7f", "077", "08", "", "z", " +12x" };
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        char *end;
        errno = 0;
        long long s = strtoll(integers[i], &end, 0);
        int signed_error = errno;
        errno = 0;
        unsigned long long u = strtoull(integers[i], NULL, 0);
        printf("'%s' -> %lld %d, %llu %d, rest '%s'\n", integers[i], s, signed_error == ERANGE, u,
               errno == ERANGE, end);
    }
    printf("%ld %ld %ld\n", strtol("zz", NULL, 36), strtol("-1010", NULL, 2),
           strtol("ffff", NULL, 16));

    int a, b, n;
    double d;
    char word[16], set[16];
    n = sscanf("12 0x1F 3.5e2 hello abc123", "%d %i %lf %15s %15[a-c]", &a, &b, &d, word, set);
    printf("%d: %d %d %g %s %s\n", n, a, b, d, word, set);
    n = sscanf("7,x", "%d,%d", &a, &b);
    printf("%d: %d\n", n, a);
    return 0;
}
