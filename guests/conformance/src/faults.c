// Faults caught by the program itself: the kind of fault, the address, and a
// way back out of the handler; also repairing the cause and going on.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "../common/show.h"

static sigjmp_buf way_out;
static volatile int caught_number, caught_code;
static void *volatile caught_address;
static volatile unsigned char *volatile page; // neither pointer nor content may be cached
static volatile int repairs;
static char other_stack[64 << 10];

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    caught_number = number;
    caught_code = info->si_code;
    caught_address = info->si_addr;
    siglongjmp(way_out, 1);
}

// Makes the page writable; the faulting instruction is then done again.
static void on_repairable(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    repairs++;
    mprotect((void *)page, 4096, PROT_READ | PROT_WRITE);
}

// Steps over the faulting instruction, whose length its lowest bits tell.
static void on_skippable(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ucontext_t *state = context;
    unsigned long at = state->uc_mcontext.__gregs[0]; // the program counter
    state->uc_mcontext.__gregs[0] = at + ((*(unsigned short *)at & 3) == 3 ? 4 : 2);
    state->uc_mcontext.__gregs[10] = 4711; // register a0
    repairs++;
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    need(sigaction(number, &action, NULL) == 0, "sigaction");
}

static void show_fault(const char *what, const void *expected)
{
    printf("%s: %s, code %d, address %s\n", what, sigabbrev_np(caught_number), caught_code,
           caught_address == expected ? "as expected" : "WRONG");
}

static volatile int depth_reached;

__attribute__((noinline)) static int overflow_stack(int depth)
{
    volatile char filling[4096];
    filling[depth % 4096] = (char)depth;
    depth_reached = depth;
    return overflow_stack(depth + 1) + filling[0];
}

__attribute__((noinline)) static long load_from_nowhere(void)
{
    register long a0 __asm__("a0") = 64;
    __asm__ volatile("ld a0, 0(a0)" : "+r"(a0) : : "memory");
    return a0;
}

int main(void)
{
    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof other_stack };
    need(sigaltstack(&stack, NULL) == 0, "sigaltstack");
    handle(SIGSEGV, on_fault);
    handle(SIGBUS, on_fault);
    handle(SIGILL, on_fault);
    handle(SIGTRAP, on_fault);
    page = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(page != MAP_FAILED, "mmap");

    volatile int sink = 0;
    if (sigsetjmp(way_out, 1) == 0)
        sink = *(volatile int *)opaque(8);
    show_fault("read near zero", (void *)8);
    if (sigsetjmp(way_out, 1) == 0)
        *(volatile int *)opaque(16) = 1;
    show_fault("write near zero", (void *)16);
    if (sigsetjmp(way_out, 1) == 0)
        page[123] = 1;
    show_fault("write to read-only", (void *)(page + 123));
    mprotect((void *)page, 4096, PROT_NONE);
    if (sigsetjmp(way_out, 1) == 0)
        sink += page[5];
    show_fault("read of no access", (void *)(page + 5));
    munmap((void *)(page + 2 * 4096), 4096);
    if (sigsetjmp(way_out, 1) == 0)
        sink += page[2 * 4096 + 7];
    show_fault("read of unmapped", (void *)(page + 2 * 4096 + 7));
    mprotect((void *)(page + 4096), 4096, PROT_READ | PROT_WRITE);
    if (sigsetjmp(way_out, 1) == 0)
        ((void (*)(void))(page + 4096))();
    show_fault("jump to data", (void *)(page + 4096));
    if (sigsetjmp(way_out, 1) == 0)
        ((void (*)(void))opaque(64))();
    show_fault("jump near zero", (void *)64);
    if (sigsetjmp(way_out, 1) == 0)
        overflow_stack(0);
    printf("stack overflow: %s, deep enough %d\n", sigabbrev_np(caught_number),
           depth_reached > 1000);
    if (sigsetjmp(way_out, 1) == 0)
        __asm__ volatile("unimp");
    printf("unimp: %s, code %d\n", sigabbrev_np(caught_number), caught_code);
    if (sigsetjmp(way_out, 1) == 0)
        __asm__ volatile(".word 0xffffffff");
    printf("all ones: %s, code %d\n", sigabbrev_np(caught_number), caught_code);
    if (sigsetjmp(way_out, 1) == 0)
        __asm__ volatile("ebreak");
    printf("ebreak: %s\n", sigabbrev_np(caught_number));

    handle(SIGSEGV, on_repairable);
    mprotect((void *)page, 4096, PROT_READ);
    page[9] = 77;
    page[10] = 78;
    printf("repaired %d, wrote %d %d\n", repairs, page[9], page[10]);

    repairs = 0;
    handle(SIGSEGV, on_skippable);
    long skipped = load_from_nowhere();
    printf("skipped %d, value %ld\n", repairs, skipped);
    return sink & 0;
}
