// Floating point bit by bit: special numbers, NaN handling, sign operations,
// classification, minimum and maximum, fused operations on many operands.
#include <math.h>

#include "../common/show.h"

static const uint64_t specials[] = {
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000,
    0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 0xFFF8000000001234,
    0x7FF4000000000000, 0x0000000000000001, 0x800FFFFFFFFFFFFF, 0x0010000000000000,
    0x7FEFFFFFFFFFFFFF, 0x3FEFFFFFFFFFFFFF, 0x4340000000000001, 0xC1E0000000200000,
};
static const uint32_t specials_f[] = {
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC12345,
    0x7FA00000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x3F7FFFFF, 0x4B800001, 0xCF000001,
};
enum { SPECIALS = sizeof specials / sizeof specials[0] };

// Moves through an integer register so that no compiler arithmetic interferes.
static double volatile_double(uint64_t bits)
{
    volatile uint64_t kept = bits;
    return double_of_bits(kept);
}

static float volatile_float(uint32_t bits)
{
    volatile uint32_t kept = bits;
    return float_of_bits(kept);
}

#define ASM_D(name, a, b)                                                                        \
    ({                                                                                           \
        double result;                                                                           \
        __asm__ volatile(name " %0, %1, %2" : "=f"(result) : "f"(a), "f"(b));                    \
        bits_of_double(result);                                                                  \
    })
#define ASM_F(name, a, b)                                                                        \
    ({                                                                                           \
        float result;                                                                            \
        __asm__ volatile(name " %0, %1, %2" : "=f"(result) : "f"(a), "f"(b));                    \
        bits_of_float(result);                                                                   \
    })
#define ASM_CLASS(name, a)                                                                       \
    ({                                                                                           \
        long result;                                                                             \
        __asm__ volatile(name " %0, %1" : "=r"(result) : "f"(a));                                \
        result;                                                                                  \
    })
#define ASM_COMPARE(name, a, b)                                                                  \
    ({                                                                                           \
        long result;                                                                             \
        __asm__ volatile(name " %0, %1, %2" : "=r"(result) : "f"(a), "f"(b));                    \
        result;                                                                                  \
    })

static unsigned long take_flags(void)
{
    unsigned long flags;
    __asm__ volatile("fsflags %0, zero" : "=r"(flags));
    return flags;
}

int main(void)
{
    take_flags();
    for (int i = 0; i < SPECIALS; i++) {
        double a = volatile_double(specials[i]);
        float f = volatile_float(specials_f[i]);
        printf("class %016llx %lx, %08x %lx\n", (unsigned long long)specials[i],
               ASM_CLASS("fclass.d", a), specials_f[i], ASM_CLASS("fclass.s", f));
        for (int k = 0; k < SPECIALS; k++) {
            double b = volatile_double(specials[k]);
            float g = volatile_float(specials_f[k]);
            take_flags();
            printf(" %016llx:", (unsigned long long)specials[k]);
            printf(" min %016llx", (unsigned long long)ASM_D("fmin.d", a, b));
            printf(" max %016llx/%lx", (unsigned long long)ASM_D("fmax.d", a, b), take_flags());
            printf(" add %016llx/%lx", (unsigned long long)ASM_D("fadd.d", a, b), take_flags());
            printf(" mul %016llx/%lx", (unsigned long long)ASM_D("fmul.d", a, b), take_flags());
            printf(" div %016llx/%lx", (unsigned long long)ASM_D("fdiv.d", a, b), take_flags());
            printf(" sgn %016llx", (unsigned long long)ASM_D("fsgnj.d", a, b));
            printf(" %016llx", (unsigned long long)ASM_D("fsgnjn.d", a, b));
            printf(" %016llx", (unsigned long long)ASM_D("fsgnjx.d", a, b));
            printf(" eq %ld/%lx", ASM_COMPARE("feq.d", a, b), take_flags());
            printf(" lt %ld/%lx", ASM_COMPARE("flt.d", a, b), take_flags());
            printf(" le %ld/%lx\n", ASM_COMPARE("fle.d", a, b), take_flags());
            printf("  %08x:", specials_f[k]);
            printf(" min %08x", ASM_F("fmin.s", f, g));
            printf(" max %08x/%lx", ASM_F("fmax.s", f, g), take_flags());
            printf(" add %08x/%lx", ASM_F("fadd.s", f, g), take_flags());
            printf(" mul %08x/%lx", ASM_F("fmul.s", f, g), take_flags());
            printf(" div %08x/%lx", ASM_F("fdiv.s", f, g), take_flags());
            printf(" sgn %08x %08x %08x", ASM_F("fsgnj.s", f, g), ASM_F("fsgnjn.s", f, g),
                   ASM_F("fsgnjx.s", f, g));
            printf(" eq %ld lt %ld le %ld/%lx\n", ASM_COMPARE("feq.s", f, g),
                   ASM_COMPARE("flt.s", f, g), ASM_COMPARE("fle.s", f, g), take_flags());
        }
    }

    // A float in a 64-bit register is boxed by ones; anything else reads as NaN.
    uint64_t raw = 0x123456783F800000, boxed = 0xFFFFFFFF3F800000;
    uint32_t one = 0x3F800000, moved;
    double holder;
    float sum;
    memcpy(&holder, &raw, sizeof raw);
    __asm__ volatile("fadd.s %0, %1, %1" : "=f"(sum) : "f"(holder));
    printf("unboxed %08x", bits_of_float(sum));
    __asm__ volatile("fmv.x.w %0, %1" : "=r"(moved) : "f"(holder));
    printf(" moved %08x", moved);
    __asm__ volatile("fsgnj.s %0, %1, %1" : "=f"(sum) : "f"(holder));
    printf(" copied %08x", bits_of_float(sum));
    memcpy(&holder, &boxed, sizeof boxed);
    __asm__ volatile("fadd.s %0, %1, %1" : "=f"(sum) : "f"(holder));
    printf(" boxed %08x", bits_of_float(sum));
    __asm__ volatile("fmv.w.x %0, %1" : "=f"(holder) : "r"(one));
    printf(" whole register %016llx\n", (unsigned long long)bits_of_double(holder));

    // All five rounding modes that an instruction can name by itself.
    static const double inputs[] = { 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, -0.9,
                                     2147483647.5, 2147483648.5, 9.3e18, -9.3e18, 1.9e19, -0.0,
                                     INFINITY, -INFINITY, NAN, 4294967295.5 };
#define ROUND(width, mode, value)                                                                \
    ({                                                                                           \
        long result;                                                                             \
        __asm__ volatile("fcvt." width ".d %0, %1, " mode : "=r"(result) : "f"(value));          \
        result;                                                                                  \
    })
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        volatile double value = inputs[i];
        take_flags();
        printf("%a:", inputs[i]);
        printf(" w %ld %ld %ld %ld %ld/%lx", ROUND("w", "rne", value), ROUND("w", "rtz", value),
               ROUND("w", "rdn", value), ROUND("w", "rup", value), ROUND("w", "rmm", value),
               take_flags());
        printf(" wu %ld %ld %ld %ld %ld/%lx", ROUND("wu", "rne", value),
               ROUND("wu", "rtz", value), ROUND("wu", "rdn", value), ROUND("wu", "rup", value),
               ROUND("wu", "rmm", value), take_flags());
        printf(" l %ld %ld %ld %ld %ld/%lx", ROUND("l", "rne", value), ROUND("l", "rtz", value),
               ROUND("l", "rdn", value), ROUND("l", "rup", value), ROUND("l", "rmm", value),
               take_flags());
        printf(" lu %lu %lu %lu %lu %lu/%lx\n", ROUND("lu", "rne", value),
               ROUND("lu", "rtz", value), ROUND("lu", "rdn", value), ROUND("lu", "rup", value),
               ROUND("lu", "rmm", value), take_flags());
    }

    // Many random operands, too many to print.
    uint64_t state = 3, total = 0, flags = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t x = scramble(&state), y = scramble(&state), z = scramble(&state);
        if (i % 2 == 0) // close exponents: cancellation
            y = (y & 0x800FFFFFFFFFFFFF) | (x & 0x7FF0000000000000);
        if (i % 3 == 0) // close to the smallest numbers
            x &= 0x803FFFFFFFFFFFFF;
        double a = volatile_double(x), b = volatile_double(y), c = volatile_double(z), r;
        take_flags();
        digest(&total, ASM_D("fadd.d", a, b));
        digest(&total, ASM_D("fsub.d", a, b));
        digest(&total, ASM_D("fmul.d", a, b));
        digest(&total, ASM_D("fdiv.d", a, b));
        __asm__ volatile("fmadd.d %0, %1, %2, %3" : "=f"(r) : "f"(a), "f"(b), "f"(c));
        digest(&total, bits_of_double(r));
        __asm__ volatile("fnmsub.d %0, %1, %2, %3" : "=f"(r) : "f"(a), "f"(b), "f"(c));
        digest(&total, bits_of_double(r));
        __asm__ volatile("fsqrt.d %0, %1" : "=f"(r) : "f"(a));
        digest(&total, bits_of_double(r));
        digest(&flags, take_flags());
        uint32_t u = (uint32_t)x, v = (uint32_t)(y >> 32);
        if (i % 2 == 0)
            v = (v & 0x807FFFFF) | (u & 0x7F800000);
        float p = volatile_float(u), q = volatile_float(v), s = volatile_float((uint32_t)z), t;
        digest(&total, ASM_F("fadd.s", p, q));
        digest(&total, ASM_F("fmul.s", p, q));
        digest(&total, ASM_F("fdiv.s", p, q));
        __asm__ volatile("fmsub.s %0, %1, %2, %3" : "=f"(t) : "f"(p), "f"(q), "f"(s));
        digest(&total, bits_of_float(t));
        __asm__ volatile("fnmadd.s %0, %1, %2, %3" : "=f"(t) : "f"(p), "f"(q), "f"(s));
        digest(&total, bits_of_float(t));
        __asm__ volatile("fsqrt.s %0, %1" : "=f"(t) : "f"(p));
        digest(&total, bits_of_float(t));
        __asm__ volatile("fcvt.s.d %0, %1" : "=f"(t) : "f"(a));
        digest(&total, bits_of_float(t));
        __asm__ volatile("fcvt.d.s %0, %1" : "=f"(r) : "f"(p));
        digest(&total, bits_of_double(r));
        digest(&flags, take_flags());
    }
    printf("results %016llx, flags %016llx\n", (unsigned long long)total,
           (unsigned long long)flags);

    // The same in each rounding mode of the control register.
    for (unsigned long mode = 0; mode < 5; mode++) {
        __asm__ volatile("fsrm %0" : : "r"(mode));
        total = 0, state = 17;
        for (int i = 0; i < 5000; i++) {
            double a = volatile_double(scramble(&state) & 0xBFFFFFFFFFFFFFFF);
            double b = volatile_double(scramble(&state) & 0xBFFFFFFFFFFFFFFF), r;
            digest(&total, ASM_D("fadd.d", a, b));
            digest(&total, ASM_D("fmul.d", a, b));
            digest(&total, ASM_D("fdiv.d", a, b));
            __asm__ volatile("fmadd.d %0, %1, %2, %1" : "=f"(r) : "f"(a), "f"(b));
            digest(&total, bits_of_double(r));
            __asm__ volatile("fsqrt.d %0, %1" : "=f"(r) : "f"(a));
            digest(&total, bits_of_double(r));
            long number;
            __asm__ volatile("fcvt.l.d %0, %1, dyn" : "=r"(number) : "f"(a));
            digest(&total, (uint64_t)number);
        }
        unsigned long told;
        __asm__ volatile("frrm %0" : "=r"(told));
        printf("mode %lu: %016llx\n", told, (unsigned long long)total);
    }
    return 0;
}
