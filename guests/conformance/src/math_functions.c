// The mathematical functions, bit for bit. The library is part of the program,
// so the results depend on nothing but the machine's arithmetic.
#include <complex.h>
#include <math.h>

#include "../common/show.h"

#define ONE(name)                                                                                \
    { #name, name, name##f, name##l }

static const struct {
    const char *name;
    double (*on_double)(double);
    float (*on_float)(float);
    long double (*on_long)(long double);
} functions[] = {
    ONE(sin),   ONE(cos),    ONE(tan),    ONE(asin),  ONE(acos),  ONE(atan),  ONE(sinh),
    ONE(cosh),  ONE(tanh),   ONE(asinh),  ONE(acosh), ONE(atanh), ONE(exp),   ONE(exp2),
    ONE(expm1), ONE(exp10),  ONE(log),    ONE(log2),  ONE(log10), ONE(log1p), ONE(sqrt),
    ONE(cbrt),  ONE(floor),  ONE(ceil),   ONE(trunc), ONE(round), ONE(rint),  ONE(roundeven),
    ONE(erf),   ONE(erfc),   ONE(tgamma), ONE(lgamma), ONE(j0),   ONE(y1),    ONE(fabs),
    ONE(logb),
};

static const struct {
    const char *name;
    double (*on_double)(double, double);
    float (*on_float)(float, float);
} pairs[] = {
    { "pow", pow, powf },       { "atan2", atan2, atan2f }, { "hypot", hypot, hypotf },
    { "fmod", fmod, fmodf },    { "remainder", remainder, remainderf },
    { "fmin", fmin, fminf },    { "fmax", fmax, fmaxf },    { "fdim", fdim, fdimf },
    { "copysign", copysign, copysignf }, { "nextafter", nextafter, nextafterf },
};

static const double inputs[] = { 0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1e-10, 2.0, 3.141592653589793,
                                 10.0, -10.0, 100.25, 709.0, -745.0, 1e5, 1e22, 1e300, 5e-324,
                                 INFINITY, -INFINITY, 0.7853981633974483, 2.5, -3.7 };
enum { INPUTS = sizeof inputs / sizeof inputs[0] };

int main(void)
{
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        for (int i = 0; i < INPUTS; i++) {
            volatile double x = inputs[i];
            volatile float y = (float)inputs[i];
            double d = functions[f].on_double(x);
            float s = functions[f].on_float(y);
            printf("%s(%g) %a %a", functions[f].name, inputs[i], isnan(d) ? NAN : d,
                   isnan(s) ? (double)NAN : (double)s);
            if (i % 4 == 2) {
                long double l = functions[f].on_long(x);
                printf(" %La", isnan(l) ? (long double)NAN : l);
            }
            printf("\n");
        }
        uint64_t state = f, sum = 0;
        for (int i = 0; i < 1000; i++) {
            double x = (double)(int64_t)scramble(&state) / 0x1p58;
            double d = functions[f].on_double(x);
            digest(&sum, isnan(d) ? 1 : bits_of_double(d));
            float s = functions[f].on_float((float)x);
            digest(&sum, isnan(s) ? 1 : bits_of_float(s));
        }
        printf("%s digest %016llx\n", functions[f].name, (unsigned long long)sum);
    }
    for (size_t f = 0; f < sizeof pairs / sizeof pairs[0]; f++) {
        uint64_t sum = 0, state = f;
        for (int i = 0; i < INPUTS; i++)
            for (int k = 0; k < INPUTS; k++) {
                double d = pairs[f].on_double(inputs[i], inputs[k]);
                float s = pairs[f].on_float((float)inputs[i], (float)inputs[k]);
                digest(&sum, isnan(d) ? 1 : bits_of_double(d));
                digest(&sum, isnan(s) ? 1 : bits_of_float(s));
                if ((i * INPUTS + k) % 37 == 0)
                    printf("%s(%g, %g) %a %a\n", pairs[f].name, inputs[i], inputs[k], d,
                           (double)s);
            }
        for (int i = 0; i < 1000; i++) {
            double x = (double)(scramble(&state) >> 11) / 0x1p46;
            double y = (double)(int64_t)scramble(&state) / 0x1p60;
            digest(&sum, bits_of_double(pairs[f].on_double(x, y)));
        }
        printf("%s digest %016llx\n", pairs[f].name, (unsigned long long)sum);
    }
    int exponent, quotient;
    double whole, fraction = modf(-3.75, &whole), sine, cosine;
    printf("modf %g %g, frexp %g", whole, fraction, frexp(48.0, &exponent));
    printf(" %d, ldexp %g, ilogb %d\n", exponent, ldexp(0.75, -1073), ilogb(1e-310));
    double rest = remquo(29.0, 3.0, &quotient);
    printf("remquo %g %d, lround %ld %ld, llrint %lld\n", rest, quotient, lround(2.5),
           lround(-2.5), llrint(3.5));
    sincos(1.25, &sine, &cosine);
    printf("sincos %a %a\n", sine, cosine);
    volatile double complex z = 1.5 - 2.25 * I;
    double complex root = csqrt(z), power = cpow(z, 2.0 + 1.0 * I), product = z * root / power;
    printf("complex %a %a %a %a %a %a\n", creal(root), cimag(root), creal(power), cimag(power),
           creal(product), cimag(product));
    volatile double r = 1e200;
    errno = 0;
    volatile double overflow = exp(r);
    printf("errno %s", errno == ERANGE ? "ERANGE" : "other");
    errno = 0;
    volatile double domain = log(-r);
    printf(" %s, %d %d\n", errno == EDOM ? "EDOM" : "other", isinf(overflow) != 0,
           isnan(domain) != 0);
    return 0;
}
