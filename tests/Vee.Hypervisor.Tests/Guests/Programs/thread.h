// System calls, threads, futexes and numbers for programs without a C library.

enum {
    SYS_WRITE = 64,
    SYS_EXIT_GROUP = 94,
    SYS_FUTEX = 98,
    SYS_CLOCK_GETTIME = 113,
    SYS_CLOCK_NANOSLEEP = 115,
    SYS_SCHED_YIELD = 124,
    SYS_CLONE = 220,
    CLOCK_MONOTONIC = 1,
    TIMER_ABSTIME = 1,
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    STACK_BYTES = 4096,
};

// VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: what a thread shares with its process.
static const long THREAD_FLAGS = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;

struct timespec {
    long seconds;
    long nanoseconds;
};

static inline long call(long number, long first, long second, long third, long fourth)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = first;
    register long a1 __asm__("a1") = second;
    register long a2 __asm__("a2") = third;
    register long a3 __asm__("a3") = fourth;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return a0;
}

// A new thread has a stack without a frame: it goes to work(number) at once.
void work(long number);

static inline void start_thread(char *stack, long number)
{
    register long a7 __asm__("a7") = SYS_CLONE;
    register long a0 __asm__("a0") = THREAD_FLAGS;
    register long a1 __asm__("a1") = (long)(stack + STACK_BYTES);
    register long a2 __asm__("a2") = 0;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register long s1 __asm__("s1") = number;
    __asm__ volatile("ecall\n bnez a0, 1f\n mv a0, s1\n call work\n1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(s1)
                     : "memory", "ra");
}

static inline long now(void)
{
    struct timespec time;
    call(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)&time, 0, 0);
    return time.seconds * 1000000000 + time.nanoseconds;
}

static inline void spin(long steps)
{
    for (long step = 0; step < steps; step++) {
        __asm__ volatile("");
    }
}

static inline void wait_while(volatile int *word, int value)
{
    while (*word == value) {
        call(SYS_FUTEX, (long)word, FUTEX_WAIT, value, 0);
    }
}

static inline void set_and_wake(volatile int *word, int value)
{
    *word = value;
    call(SYS_FUTEX, (long)word, FUTEX_WAKE, 1 << 30, 0);
}

static inline void print(long number)
{
    char text[24];
    int at = sizeof text;
    text[--at] = '\n';
    unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0) {
        text[--at] = '-';
    }
    call(SYS_WRITE, 1, (long)(text + at), sizeof text - at, 0);
}
