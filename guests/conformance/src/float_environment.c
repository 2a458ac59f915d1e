// Rounding modes and exception flags of float and double operations.
#include <fenv.h>
#include <math.h>

#include "../common/show.h"

// The operands come from memory, so that the machine and not the compiler
// computes; the barrier keeps the operation between the two looks at the flags.
#define BARRIER() __asm__ volatile("" : : : "memory")

static const int modes[] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };
static const char *const mode_names[] = { "nearest", "zero", "down", "up" };

static void show_flags(void)
{
    BARRIER();
    int flags = fetestexcept(FE_ALL_EXCEPT);
    printf(" %s%s%s%s%s\n", flags & FE_INVALID ? "V" : "-", flags & FE_DIVBYZERO ? "Z" : "-",
           flags & FE_OVERFLOW ? "O" : "-", flags & FE_UNDERFLOW ? "U" : "-",
           flags & FE_INEXACT ? "X" : "-");
    feclearexcept(FE_ALL_EXCEPT);
}

static volatile double dx, dy, dz, dr;
static volatile float fx, fy, fz, fr;
static volatile int64_t il;
static volatile uint64_t ul;
static volatile int32_t iw;
static volatile uint32_t uw;

// Runs one statement and shows its result and the flags it raised; printing
// raises flags of its own, hence the putting aside.
#define RUN_D(name, statement)                                                                   \
    do {                                                                                         \
        BARRIER();                                                                               \
        statement;                                                                               \
        BARRIER();                                                                               \
        int raised = fetestexcept(FE_ALL_EXCEPT);                                                \
        printf("  %s %016llx", name, (unsigned long long)bits_of_double(dr));                    \
        feclearexcept(FE_ALL_EXCEPT);                                                            \
        feraiseexcept(raised);                                                                   \
        show_flags();                                                                            \
    } while (0)
#define RUN_F(name, statement)                                                                   \
    do {                                                                                         \
        BARRIER();                                                                               \
        statement;                                                                               \
        BARRIER();                                                                               \
        int raised = fetestexcept(FE_ALL_EXCEPT);                                                \
        printf("  %s %08x", name, bits_of_float(fr));                                            \
        feclearexcept(FE_ALL_EXCEPT);                                                            \
        feraiseexcept(raised);                                                                   \
        show_flags();                                                                            \
    } while (0)
#define RUN_I(name, statement, variable)                                                         \
    do {                                                                                         \
        BARRIER();                                                                               \
        statement;                                                                               \
        BARRIER();                                                                               \
        int raised = fetestexcept(FE_ALL_EXCEPT);                                                \
        printf("  %s %lld", name, (long long)(variable));                                        \
        feclearexcept(FE_ALL_EXCEPT);                                                            \
        feraiseexcept(raised);                                                                   \
        show_flags();                                                                            \
    } while (0)

int main(void)
{
    static const double values[][2] = {
        { 1.0, 3.0 }, { -1.0, 3.0 }, { 1.0, 0.0 }, { 0.0, 0.0 }, { INFINITY, INFINITY },
        { 1e308, 1e308 }, { -1e308, 1e308 }, { 5e-324, 0.5 }, { -5e-324, 0.5 },
        { 2.2250738585072014e-308, 3.0 }, { 1.0, 1e-20 }, { -1.0, -1e-20 }, { NAN, 1.0 },
        { 0.1, 0.2 }, { 4503599627370496.5, 0.25 }, { 1.7976931348623157e308, 1.0000000000000002 },
        { INFINITY, -1.0 }, { 3.5e38, 1.0 }, { 1e-46, 1e-3 }, { 7.0, -2.0 },
    };
    for (int mode = 0; mode < 4; mode++) {
        printf("rounding to %s: %d\n", mode_names[mode], fesetround(modes[mode]));
        feclearexcept(FE_ALL_EXCEPT);
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            dx = values[i][0], dy = values[i][1], dz = 0.3;
            printf(" %a %a\n", values[i][0], values[i][1]);
            feclearexcept(FE_ALL_EXCEPT);
            RUN_D("add", dr = dx + dy);
            RUN_D("sub", dr = dx - dy);
            RUN_D("mul", dr = dx * dy);
            RUN_D("div", dr = dx / dy);
            RUN_D("sqrt", dr = __builtin_sqrt(dx));
            RUN_D("fma", dr = __builtin_fma(dx, dy, dz));
            RUN_F("narrow", fr = (float)dx);
            RUN_I("to long", il = (int64_t)dx, il);
            RUN_I("to int", iw = (int32_t)dx, iw);
            RUN_I("to unsigned", uw = (uint32_t)dx, uw);
            RUN_I("to unsigned long", ul = (uint64_t)dx, (int64_t)ul);
            RUN_I("lrint", il = lrint(dx), il);
            RUN_D("rint", dr = rint(dx));
            RUN_D("nearbyint", dr = nearbyint(dx));
            fx = (float)values[i][0], fy = (float)values[i][1], fz = 0.3f;
            feclearexcept(FE_ALL_EXCEPT);
            RUN_F("add", fr = fx + fy);
            RUN_F("sub", fr = fx - fy);
            RUN_F("mul", fr = fx * fy);
            RUN_F("div", fr = fx / fy);
            RUN_F("sqrt", fr = __builtin_sqrtf(fx));
            RUN_F("fma", fr = __builtin_fmaf(fx, fy, fz));
            RUN_D("widen", dr = (double)fx);
            RUN_I("less", iw = fx < fy, iw);
            RUN_I("less quietly", iw = isless(fx, fy), iw);
            RUN_I("equal", iw = fx == fy, iw);
        }
        il = INT64_C(0x7FFFFFFFFFFFFFFF), ul = UINT64_C(0xFFFFFFFFFFFFFBFF), iw = 16777217;
        RUN_D("from long", dr = (double)il);
        RUN_D("from unsigned long", dr = (double)ul);
        RUN_F("from int", fr = (float)iw);
        RUN_F("from long", fr = (float)il);
        dx = 2.5;
        RUN_D("rint 2.5", dr = rint(dx));
        dx = -0.5;
        RUN_D("rint -0.5", dr = rint(dx));
        volatile long double wide = 1.0L, three = 3.0L;
        printf(" long double third %La\n", wide / three);
        printf(" printed %.3f %.3f, read %a\n", 0.0005, -2.0005, strtod("0.1", NULL));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);

    fenv_t saved;
    feraiseexcept(FE_INEXACT | FE_OVERFLOW);
    fegetenv(&saved);
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    fesetenv(&saved);
    printf("mode %d", fegetround() == FE_TONEAREST);
    show_flags();
    feraiseexcept(FE_DIVBYZERO);
    feholdexcept(&saved);
    printf("held %d\n", fetestexcept(FE_ALL_EXCEPT));
    feraiseexcept(FE_INVALID);
    feupdateenv(&saved);
    show_flags();
    fesetenv(FE_DFL_ENV);
    printf("wrong mode refused %d\n", fesetround(12345) != 0);
    return 0;
}
