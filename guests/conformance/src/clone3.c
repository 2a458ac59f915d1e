// clone3 called directly, as newer C libraries do: a thread with a stack and a
// thread pointer of its own, whose end clears a word and wakes who waits there.
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/show.h"

static _Alignas(16) unsigned char stack[64 << 10];
static _Atomic uint32_t child_tid = 1, parent_tid;
static volatile uint64_t seen_pointer;
static volatile uint32_t seen_tid;

// The child must not return into frames that are not on its stack.
static long start_thread(struct clone_args *arguments)
{
    register long a0 __asm__("a0") = (long)arguments;
    register long a1 __asm__("a1") = sizeof *arguments;
    register long a7 __asm__("a7") = SYS_clone3;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "sd tp, %[pointer]\n"
                     "li a7, 178\n" // gettid
                     "ecall\n"
                     "sw a0, %[tid]\n"
                     "li a0, 0\n"
                     "li a7, 93\n" // exit
                     "ecall\n"
                     "1:\n"
                     : "+r"(a0), [pointer] "=m"(seen_pointer), [tid] "=m"(seen_tid)
                     : "r"(a1), "r"(a7)
                     : "memory");
    return a0;
}

int main(void)
{
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
        .child_tid = (uint64_t)(uintptr_t)&child_tid,
        .parent_tid = (uint64_t)(uintptr_t)&parent_tid,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = sizeof stack,
        .tls = 0x1234567890,
    };
    long child = start_thread(&arguments);
    show_truth("a thread", child > 0);
    show_truth("its id is told", parent_tid == (uint32_t)child);
    while (child_tid != 0)
        syscall(SYS_futex, &child_tid, FUTEX_WAIT, 1, NULL, NULL, 0);
    show_truth("it knows its id", seen_tid == (uint32_t)child);
    show_truth("its thread pointer", seen_pointer == 0x1234567890);
    show_call("arguments too short", syscall(SYS_clone3, &arguments, 8));
    show_call("arguments nowhere", syscall(SYS_clone3, 8, sizeof arguments));
    return 0;
}
