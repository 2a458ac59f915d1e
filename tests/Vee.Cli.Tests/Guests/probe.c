// Does what its first argument says, by system calls only, so that it is small
// enough to be kept beside the tests.
//
//   args A...     print each argument in brackets
//   env           print the environment
//   exit N        exit with a status
//   echo          copy stdin to stdout
//   cat PATH      copy a file to stdout; exit with the error number
//   flood N       print N lines of 1024 bytes
//   drip N        print N lines of 8 bytes
//   put FD N      write N bytes at once, 64 KiB at most; exit with the error
//                 number, or 200 if only a part was written
//   wait N T      poll stdin for N ms until there is something, T times at
//                 most; print the ms that passed each time in vain
//   sleep N       sleep N seconds
//   relieve, yield    compute in system calls until another thread has run
//   pause, spin   wait or compute until SIGTERM (exit 3); report SIGINT
//   store, load, jump, illegal, breakpoint, misaligned    fault
//   last TEXT     print a text, then fault by a store
//   abort         die by SIGABRT
//   stop          stop by SIGTSTP, say so when it goes on, and once more
//   deadlock      wait for a futex that nobody wakes
//   fork          try to fork; exit with the error number
//   unknown       call number 999
//   memory N      touch N MiB
typedef unsigned long word;

static long call(long number, long a, long b, long c, long d)
{
    register long a0 asm("a0") = a;
    register long a1 asm("a1") = b;
    register long a2 asm("a2") = c;
    register long a3 asm("a3") = d;
    register long a4 asm("a4") = 0;
    register long a5 asm("a5") = 0;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
}

enum { OPENAT = 56, READ = 63, WRITE = 64, PPOLL = 73, EXIT = 94, FUTEX = 98, NANOSLEEP = 101, CLOCK = 113,
       YIELD = 124, KILL = 129, SIGACTION = 134, GETPID = 172, CLONE = 220,
       MMAP = 222, UNKNOWN = 999 };
enum { SIGINT = 2, SIGABRT = 6, SIGTERM = 15, SIGCHLD = 17, SIGTSTP = 20 };

static char buffer[65536];

static long length(const char *text)
{
    long count = 0;
    while (text[count] != '\0')
        count++;
    return count;
}

static int same(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return *left == *right;
}

static long number(const char *text)
{
    long value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return value;
}

static void print(const char *text)
{
    call(WRITE, 1, (long)text, length(text), 0);
}

static void print_number(long value)
{
    char digits[21], *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    print(at);
}

static int copy(long file)
{
    long count;
    while ((count = call(READ, file, (long)buffer, sizeof buffer, 0)) > 0)
        call(WRITE, 1, (long)buffer, count, 0);
    return (int)-count;
}

static void handle(int signal)
{
    if (signal == SIGTERM)
        call(EXIT, 3, 0, 0, 0);
    print("interrupted\n");
}

static void install_handlers(void)
{
    struct { void (*handler)(int); word flags, mask; } action = { handle, 0, 0 };
    call(SIGACTION, SIGINT, (long)&action, 0, 8);
    call(SIGACTION, SIGTERM, (long)&action, 0, 8);
    print("ready\n");
}

static int flood(long lines)
{
    for (int i = 0; i < 1024; i++)
        buffer[i] = i == 1023 ? '\n' : (char)('a' + i % 26);
    for (long line = 0; line < lines; line++)
        if (call(WRITE, 1, (long)buffer, 1024, 0) != 1024)
            return 9;
    return 0;
}

static int drip(long lines)
{
    for (long line = 0; line < lines; line++)
        if (call(WRITE, 1, (long)"0123456\n", 8, 0) != 8)
            return 9;
    return 0;
}

static int put(long file, long count)
{
    for (long i = 0; i < count; i++)
        buffer[i] = 'x';
    long written = call(WRITE, file, (long)buffer, count, 0);
    return written < 0 ? (int)-written : written < count ? 200 : 0;
}

static long now(void)
{
    long time[2];
    call(CLOCK, 1, (long)time, 0, 0);
    return time[0] * 1000 + time[1] / 1000000;
}

static int wait(long timeout, long times)
{
    struct { int file; short events, results; } poll = { 0, 1, 0 };
    print("ready\n");
    for (; times > 0; times--) {
        long limit[2] = { timeout / 1000, timeout % 1000 * 1000000 };
        long start = now();
        if (call(PPOLL, (long)&poll, 1, (long)limit, 0) != 0)
            return copy(0);
        print_number(now() - start), print("\n");
    }
    return 110;
}

static volatile int has_run;

static void run_other(void)
{
    has_run = 1;
    for (;;)
        call(FUTEX, (long)buffer, 128, 0, 0);
}

// Starts run_other on a stack of its own, with what a thread shares with its process.
static void start_thread(void)
{
    static word stack[1024];
    register long a0 asm("a0") = 0x50f00;
    register long a1 asm("a1") = (long)(stack + 1024);
    register long a7 asm("a7") = CLONE;
    asm volatile("li a2, 0\n li a3, 0\n li a4, 0\n ecall\n bnez a0, 1f\n jr %2\n1:"
                 : "+r"(a0) : "r"(a1), "r"(run_other), "r"(a7) : "a2", "a3", "a4", "memory");
}

static int await_other(long with)
{
    start_thread();
    while (!has_run)
        call(with, 0, 0, 0, 0);
    return 0;
}

static int touch(long mebibytes)
{
    volatile char *memory = (char *)call(MMAP, 0, mebibytes << 20, 3, 0x22);
    for (long at = 0; at < mebibytes << 20; at += 4096)
        memory[at] = 1;
    return 0;
}

static void fault(const char *what)
{
    static word words[2];
    if (same(what, "store"))
        *(volatile int *)16 = 1;
    if (same(what, "load"))
        (void)*(volatile int *)0x123456789000;
    if (same(what, "jump"))
        ((void (*)(void))0x40)();
    if (same(what, "illegal"))
        asm volatile(".4byte 0xffffffff");
    if (same(what, "breakpoint"))
        asm volatile("ebreak");
    if (same(what, "misaligned"))
        asm volatile("amoadd.d zero, zero, (%0)" : : "r"((char *)words + 1) : "memory");
}

int run(long count, char **values)
{
    const char *what = count > 1 ? values[1] : "args";
    const char *operand = count > 2 ? values[2] : "";
    char **environment = values + count + 1;
    fault(what);
    if (same(what, "last"))
        print(operand), fault("store");
    if (same(what, "args"))
        for (long i = 0; i < count; i++)
            print("["), print(values[i]), print("]\n");
    if (same(what, "env"))
        for (; *environment != 0; environment++)
            print(*environment), print("\n");
    if (same(what, "exit"))
        return (int)number(operand);
    if (same(what, "echo"))
        return copy(0);
    if (same(what, "cat")) {
        long file = call(OPENAT, -100, (long)operand, 0, 0);
        return file < 0 ? (int)-file : copy(file);
    }
    if (same(what, "flood"))
        return flood(number(operand));
    if (same(what, "drip"))
        return drip(number(operand));
    if (same(what, "put"))
        return put(number(operand), number(values[3]));
    if (same(what, "wait"))
        return wait(number(operand), number(values[3]));
    if (same(what, "relieve"))
        return await_other(GETPID);
    if (same(what, "yield"))
        return await_other(YIELD);
    if (same(what, "sleep")) {
        long time[2] = { number(operand), 0 };
        return (int)-call(NANOSLEEP, (long)time, 0, 0, 0);
    }
    if (same(what, "pause"))
        for (install_handlers();;)
            call(PPOLL, 0, 0, 0, 0);
    if (same(what, "spin"))
        for (install_handlers();;)
            asm volatile("");
    if (same(what, "stop"))
        for (int times = 0; times < 2; times++) {
            call(KILL, call(GETPID, 0, 0, 0, 0), SIGTSTP, 0, 0);
            print("went on\n");
        }
    if (same(what, "abort"))
        call(KILL, call(GETPID, 0, 0, 0, 0), SIGABRT, 0, 0);
    if (same(what, "deadlock"))
        return (int)-call(FUTEX, (long)buffer, 128, 0, 0);
    if (same(what, "fork"))
        return (int)-call(CLONE, SIGCHLD, 0, 0, 0);
    if (same(what, "unknown"))
        return (int)-call(UNKNOWN, 0, 0, 0, 0);
    if (same(what, "memory"))
        return touch(number(operand));
    return 0;
}

asm(".globl _start\n"
    "_start:\n"
    "  ld a0, 0(sp)\n"
    "  addi a1, sp, 8\n"
    "  andi sp, sp, -16\n"
    "  call run\n"
    "  li a7, 94\n"
    "  ecall\n");
