// setjmp and longjmp: out of deep calls, with signal masks, and that floating
// point and saved registers come back as they were.
#include <setjmp.h>
#include <signal.h>

#include "../common/show.h"

static jmp_buf place;
static sigjmp_buf place_with_mask;

__attribute__((noinline)) static void dive(int depth)
{
    volatile char filling[200];
    filling[0] = (char)depth;
    if (depth == 0)
        longjmp(place, 17);
    dive(depth - 1);
    filling[1] = filling[0];
}

__attribute__((noinline)) static double keep_registers(volatile int *jumps)
{
    // Enough values to occupy callee-saved integer and float registers.
    const double a = *jumps + 1.5, b = a * 2, c = b * 3, d = c * 5;
    const long e = *jumps + 7, f = e * 11, g = f * 13;
    if (setjmp(place) < 3) {
        ++*jumps;
        longjmp(place, *jumps);
    }
    return a + b + c + d + (double)(e + f + g);
}

static bool blocked(int number)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, number);
}

int main(void)
{
    volatile int visits = 0;
    int value = setjmp(place);
    visits++;
    if (value == 0)
        dive(1000);
    printf("value %d after %d visits\n", value, visits);

    visits = 0;
    if (setjmp(place) == 0)
        longjmp(place, 0); // arrives as 1
    else
        visits = 1;
    printf("zero arrives as not zero: %d\n", visits);

    volatile int jumps = 0;
    double kept = keep_registers(&jumps);
    printf("registers %g, jumps %d\n", kept, jumps);

    volatile int loops = 0;
    setjmp(place);
    if (++loops < 10000)
        longjmp(place, 1);
    printf("loops %d\n", loops);

    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigsetjmp(place_with_mask, 1) == 0) {
        sigprocmask(SIG_BLOCK, &usr1, NULL);
        siglongjmp(place_with_mask, 1);
    }
    show_truth("mask restored when saved", !blocked(SIGUSR1));
    if (sigsetjmp(place_with_mask, 0) == 0) {
        sigprocmask(SIG_BLOCK, &usr1, NULL);
        siglongjmp(place_with_mask, 1);
    }
    show_truth("mask kept when not saved", blocked(SIGUSR1));
    return 0;
}
