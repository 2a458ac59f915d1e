// A thread sets an alarm 200 times and computes on; another waits for it. Prints how many nanoseconds that one woke up
// late at the most.
#include "thread.h"

enum { SYS_SETITIMER = 103, SYS_SIGPROCMASK = 135, SYS_SIGTIMEDWAIT = 137, SIGALRM = 14 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static unsigned long alarms = 1ul << (SIGALRM - 1);
static volatile long due;

void work(long number)
{
    // Interval, then value; microseconds.
    long timer[4] = {0, 0, 0, number};
    for (;;) {
        due = now() + number * 1000;
        call(SYS_SETITIMER, 0, (long)timer, 0, 0);
        spin(100000);
    }
}

void _start(void)
{
    long most = 0;
    call(SYS_SIGPROCMASK, 0, (long)&alarms, 0, sizeof alarms);
    start_thread(stack, 17);
    for (int i = 0; i < 200; i++) {
        if (call(SYS_SIGTIMEDWAIT, (long)&alarms, 0, 0, sizeof alarms) != SIGALRM) {
            call(SYS_EXIT_GROUP, 1, 0, 0, 0);
        }
        long late = now() - due;
        if (late > most) {
            most = late;
        }
    }
    print(most);
    call(SYS_EXIT_GROUP, 0, 0, 0, 0);
}
