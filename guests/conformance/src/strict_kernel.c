// Corners in which emulators are known to differ from the Linux kernel. What is
// expected here was recorded from a Linux kernel, not from an emulator.
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

enum { PAGE = 4096 };

// The kernel's view of a lock: a list link and, somewhere after it, the word.
struct lock {
    struct robust_list link;
    _Atomic uint32_t word;
};
static struct lock held, not_held, pending;
static struct robust_list_head head;
static _Atomic uint32_t owner;

// Ends while it owns locks, without the help of the library: the kernel has to
// mark the words of the list and of the pending operation.
static void *end_with_locks(void *argument)
{
    uint32_t me = (uint32_t)syscall(SYS_gettid);
    head.futex_offset = offsetof(struct lock, word);
    head.list.next = &held.link;
    held.link.next = &not_held.link;
    not_held.link.next = &head.list;
    head.list_op_pending = &pending.link;
    held.word = me | FUTEX_WAITERS;
    not_held.word = me + 1;
    pending.word = me;
    owner = me;
    show_call("set_robust_list", syscall(SYS_set_robust_list, &head, sizeof head));
    show_call("set_robust_list wrong size", syscall(SYS_set_robust_list, &head, 5));
    return argument;
}

static void show_word(const char *what, uint32_t word)
{
    printf("%s: died %d, waiters %d, owner %s\n", what, (word & FUTEX_OWNER_DIED) != 0,
           (word & FUTEX_WAITERS) != 0,
           (word & FUTEX_TID_MASK) == 0       ? "nobody"
           : (word & FUTEX_TID_MASK) == owner ? "the ended thread"
                                              : "another");
}

int main(void)
{
    unsigned char *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(area != MAP_FAILED, "mmap");
    area[0] = 5;
    show_success("map where something is", mmap(area, PAGE, PROT_READ,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                                                -1, 0) != MAP_FAILED);
    printf("unharmed %d\n", area[0]);
    munmap(area + PAGE, PAGE);
    show_success("map where nothing is",
                 mmap(area + PAGE, PAGE, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == area + PAGE);
    munmap(area + PAGE, PAGE);
    show_call("protect nothing", mprotect(area + PAGE, 0, PROT_READ));
    show_success("resize to nothing", mremap(area, PAGE, 0, MREMAP_MAYMOVE) != MAP_FAILED);
    show_call("sleep for a time that is nowhere", syscall(SYS_nanosleep, area + PAGE, NULL));
    show_call("bad descriptor before bad pointer", syscall(SYS_write, 999, area + PAGE, 5));

    pthread_t thread;
    pthread_create(&thread, NULL, end_with_locks, NULL);
    pthread_join(thread, NULL);
    show_word("held", held.word);
    show_word("not held", not_held.word);
    show_word("pending", pending.word);
    return 0;
}
