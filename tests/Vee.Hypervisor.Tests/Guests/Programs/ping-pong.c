// Two threads wake each other in turn, 1000 times, computing a little after each wake. Prints the nanoseconds of a
// round trip in the mean.
#include "thread.h"

enum { ROUNDS = 1000 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile int ping, pong;

void work(long number)
{
    (void)number;
    for (int round = 1;; round++) {
        wait_while(&ping, round - 1);
        set_and_wake(&pong, round);
        // The other one has gone on by the time that this one waits: both are needed, on two harts.
        spin(200);
    }
}

void _start(void)
{
    start_thread(stack, 0);
    long begin = now();
    for (int round = 1; round <= ROUNDS; round++) {
        set_and_wake(&ping, round);
        spin(200);
        wait_while(&pong, round - 1);
    }
    print((now() - begin) / ROUNDS);
    call(SYS_EXIT_GROUP, 0, 0, 0, 0);
}
