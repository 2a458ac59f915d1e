// Four threads hand a token around, 3000 times, each waking the next; whoever has it computes and now and then sleeps.
// Prints a number that depends on who did what when, and the time that it took.
#include "thread.h"

enum { THREADS = 4, ROUNDS = 3000 };

static char stacks[THREADS - 1][STACK_BYTES] __attribute__((aligned(16)));
static volatile int tokens[THREADS];
static volatile unsigned long mixed = 1;
static volatile int done;

void work(long number)
{
    unsigned long state = (unsigned long)number + 1;
    for (int round = 1; round <= ROUNDS; round++) {
        wait_while(&tokens[number], round - 1);
        state = state * 6364136223846793005ul + 1442695040888963407ul;
        mixed = (mixed ^ (unsigned long)now()) * 1099511628211ul;
        if (number < THREADS - 1) {
            set_and_wake(&tokens[number + 1], round);
        } else if (round < ROUNDS) {
            set_and_wake(&tokens[0], round + 1);
        }
        spin((long)(state >> 52));
        if (state >> 60 == 0) {
            struct timespec time = {0, (long)(state >> 48 & 0xfff) * 37};
            call(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, 0, (long)&time, 0);
        }
    }
    set_and_wake(&done, __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST));
    for (;;) {
        struct timespec time = {1000, 0};
        call(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, 0, (long)&time, 0);
    }
}

void _start(void)
{
    long begin = now();
    for (int i = 1; i < THREADS; i++) {
        start_thread(stacks[i - 1], i);
    }
    set_and_wake(&tokens[0], 1);
    unsigned long state = 1;
    for (int round = 1; round <= ROUNDS; round++) {
        wait_while(&tokens[0], round - 1);
        state = state * 6364136223846793005ul + 1442695040888963407ul;
        mixed = (mixed ^ (unsigned long)now()) * 1099511628211ul;
        set_and_wake(&tokens[1], round);
        spin((long)(state >> 52));
    }
    for (int seen = done; seen < THREADS - 1; seen = done) {
        wait_while(&done, seen);
    }
    print((long)(mixed >> 1));
    print(now() - begin);
    call(SYS_EXIT_GROUP, 0, 0, 0, 0);
}
