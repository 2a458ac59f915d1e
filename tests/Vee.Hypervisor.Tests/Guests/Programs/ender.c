// Prints what time it is and ends at once, after about 1 ms in which other threads give their turns away.
#include "thread.h"

static char stacks[2][STACK_BYTES] __attribute__((aligned(16)));

void work(long number)
{
    for (;;) {
        spin(number);
        call(SYS_SCHED_YIELD, 0, 0, 0, 0);
    }
}

void _start(void)
{
    start_thread(stacks[0], 500);
    start_thread(stacks[1], 700);
    spin(300000);
    print(now());
    call(SYS_EXIT_GROUP, 3, 0, 0, 0);
}
