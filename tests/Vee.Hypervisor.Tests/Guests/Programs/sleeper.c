// A thread sleeps 200 times until a time, then 200 times for a time, while another computes for ever. Prints how many
// nanoseconds it woke up late at the most, of each.
#include "thread.h"

static char stack[STACK_BYTES] __attribute__((aligned(16)));

void work(long number)
{
    for (;;) {
        spin(number);
    }
}

static long latest(int flags)
{
    long most = 0;
    for (int i = 0; i < 200; i++) {
        long begin = now();
        long until = begin + 310700;
        struct timespec time = {0, 310700};
        if (flags == TIMER_ABSTIME) {
            time.seconds = until / 1000000000;
            time.nanoseconds = until % 1000000000;
        }
        call(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, flags, (long)&time, 0);
        long late = now() - until;
        if (late < 0) {
            call(SYS_EXIT_GROUP, 1, 0, 0, 0);
        }
        if (late > most) {
            most = late;
        }
    }
    return most;
}

void _start(void)
{
    start_thread(stack, 1000);
    print(latest(TIMER_ABSTIME));
    print(latest(0));
    call(SYS_EXIT_GROUP, 0, 0, 0, 0);
}
