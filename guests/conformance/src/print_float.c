// Floating point numbers through every printf format.
#include <float.h>
#include <math.h>

#include "../common/show.h"

int main(void)
{
    static const double values[] = {
        0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, 1.0 / 3, 2.0 / 3, 123456789.125, 1e15, 1e16,
        9007199254740993.0, 1e21, 1e22, 1e23, 1e100, 1e-5, 1e-4, 9.9999e-5, 1e-10, 1e-300,
        5e-324, 2.2250738585072014e-308, DBL_MAX, DBL_MIN, DBL_EPSILON, 3.141592653589793,
        0.3, 999999.5, 9999995.0, 99999.95, INFINITY, -INFINITY, NAN, 4503599627370497.5,
    };
    static const char *const formats[] = {
        "%f", "%e", "%g", "%a", "%F", "%E", "%G", "%A", "%.0f", "%.1f", "%.2f", "%.3e", "%.0e",
        "%.17g", "%.15g", "%#g", "%#.0f", "%+f", "% f", "%020f", "%-20f|", "%20.5f", "%+.3a",
        "%.0a", "%'f", "%.30f", "%.50g",
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
            if (k > 0)
                putchar(' ');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            printf(formats[k], values[i]);
#pragma GCC diagnostic pop
        }
        putchar('\n');
    }
    // long double is 128 bits wide here, computed by software.
    long double third = 1.0L / 3, large = LDBL_MAX, tiny = LDBL_MIN;
    printf("%.40Lf %.33Lg %La\n", third, third, third);
    printf("%Lg %Lg %La\n", large, tiny, LDBL_EPSILON);
    volatile long double x = 2.0L, y = 7.0L;
    printf("%.35Lg %.35Lg %.35Lg\n", x / y, x * y + 1 / y, sqrtl(x));
    printf("%*.*f|%-*.*e|\n", 15, 4, 3.14159, 18, 6, 2.71828);
    printf("%5d|%-5d|%05d|%+d|% d|%x|%#x|%#o|%X|%c|%s|%.2s|%%|%ld|%lld|%zu|%jd|%td|%hhd|%hd\n", 42,
           42, 42, 42, 42, 255, 255, 8, 255, 'c', "text", "text", -1L, -1LL, (size_t)1,
           (intmax_t)-5, (ptrdiff_t)3, (signed char)-2, (short)-3);
    int written = 0;
    printf("positional %2$s %1$d%3$n\n", 1, "two", &written);
    printf("%d characters\n", written);
    return 0;
}
