// Four threads compute for some microseconds each, and then give their turns away, for ever.
#include "thread.h"

static char stacks[3][STACK_BYTES] __attribute__((aligned(16)));

void work(long number)
{
    for (;;) {
        spin(1000 + 700 * number);
        call(SYS_SCHED_YIELD, 0, 0, 0, 0);
    }
}

void _start(void)
{
    for (int i = 0; i < 3; i++) {
        start_thread(stacks[i], i + 1);
    }
    work(0);
}
