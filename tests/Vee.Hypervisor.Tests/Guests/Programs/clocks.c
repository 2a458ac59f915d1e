// Three threads read the clock and compare it with what anybody has read before, 5000 times each. Prints how often it
// had gone back.
#include "thread.h"

enum { THREADS = 3, ROUNDS = 5000 };

static char stacks[THREADS - 1][STACK_BYTES] __attribute__((aligned(16)));
static volatile int done;
static volatile long last;
static long backwards;

static void look(long number)
{
    for (int round = 0; round < ROUNDS; round++) {
        long before = last;
        long time = now();
        if (time < before) {
            __atomic_add_fetch(&backwards, 1, __ATOMIC_SEQ_CST);
        }
        last = time;
        spin(10 + 30 * number);
    }
}

void work(long number)
{
    look(number);
    set_and_wake(&done, __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST));
    for (;;) {
        struct timespec time = {1000, 0};
        call(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, 0, (long)&time, 0);
    }
}

void _start(void)
{
    for (int i = 1; i < THREADS; i++) {
        start_thread(stacks[i - 1], i);
    }
    look(0);
    for (int seen = done; seen < THREADS - 1; seen = done) {
        wait_while(&done, seen);
    }
    print(backwards);
    call(SYS_EXIT_GROUP, 0, 0, 0, 0);
}
