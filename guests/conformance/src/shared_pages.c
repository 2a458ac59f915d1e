// One page of a file under several addresses: a store through one mapping is seen
// through the others and by read() at once, code written through one runs from
// another, a futex is one at all of them, and mremap and munmap keep the rest.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/show.h"

typedef long function(long);

enum { PAGE = 4096 };

static char *map(int handle, int protection, long first, long count)
{
    char *place = mmap(NULL, count * PAGE, protection, MAP_SHARED, handle, first * PAGE);
    need(place != MAP_FAILED, "mmap");
    return place;
}

static int make(const char *name, long pages)
{
    int handle = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(handle >= 0 && ftruncate(handle, pages * PAGE) == 0, "ftruncate");
    return handle;
}

static void see_stores(void)
{
    int handle = make("shared", 1);
    need(pwrite(handle, "before", 7, 0) == 7, "pwrite");
    char *first = map(handle, PROT_READ | PROT_WRITE, 0, 1);
    char *second = map(handle, PROT_READ, 0, 1);
    printf("both have the file's '%s' '%s'\n", first, second);
    memcpy(first, "written", 8);
    printf("other mapping says '%s'\n", second);
    char text[8];
    need(pwrite(handle, "by call", 8, 0) == 8, "pwrite");
    printf("both say '%s' '%s'\n", first, second);
    first[0] = 'm';
    need(pread(handle, text, 8, 0) == 8, "pread");
    printf("the file says '%s'\n", text);
}

static void run_code(int times)
{
    int memory = memfd_create("code", 0);
    need(memory >= 0 && ftruncate(memory, PAGE) == 0, "memfd");
    uint32_t *writable = (uint32_t *)map(memory, PROT_READ | PROT_WRITE, 0, 1);
    uint32_t *runnable = (uint32_t *)map(memory, PROT_READ | PROT_EXEC, 0, 1);
    for (int value = 21; value < 21 + times; value++) {
        writable[0] = 0x00050513u | (uint32_t)value << 20; // addi a0, a0, value
        writable[1] = 0x00008067;                          // ret
        __builtin___clear_cache((char *)runnable, (char *)runnable + 8);
        printf("code under two addresses %ld\n", ((function *)runnable)(1));
    }
}

static void overlap(void)
{
    int handle = make("overlap", 6);
    char *low = map(handle, PROT_READ | PROT_WRITE, 0, 4);
    char *high = map(handle, PROT_READ | PROT_WRITE, 2, 4);
    char *all = map(handle, PROT_READ | PROT_WRITE, 0, 6);
    for (int page = 0; page < 6; page++)
        all[page * PAGE] = 'a' + page;
    printf("low %c%c%c%c, high %c%c%c%c\n", low[0], low[PAGE], low[2 * PAGE], low[3 * PAGE], high[0], high[PAGE],
           high[2 * PAGE], high[3 * PAGE]);

    need(pwrite(handle, "E", 1, 4 * PAGE) == 1, "pwrite");
    char *grown = mremap(map(handle, PROT_READ | PROT_WRITE, 3, 1), PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    need(grown != MAP_FAILED, "mremap");
    printf("grown %c%c%c\n", grown[0], grown[PAGE], grown[2 * PAGE]);
    need(munmap(low, 4 * PAGE) == 0, "munmap");
    high[PAGE] = 'D';
    printf("after munmap %c %c\n", all[2 * PAGE], all[3 * PAGE]);

    char *moved = mremap(high, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, low);
    need(moved == low, "mremap");
    moved[0] = 'C';
    all[5 * PAGE] = 'F';
    printf("after mremap %c %c\n", all[2 * PAGE], moved[3 * PAGE]);

    need(mmap(moved, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == moved, "mmap");
    moved[0] = 'x';
    printf("after a private page over it %c\n", all[2 * PAGE]);
    need(madvise(all, 6 * PAGE, MADV_DONTNEED) == 0, "madvise");
    printf("not needed, still there %c%c\n", all[0], moved[PAGE]);
    need(ftruncate(handle, PAGE) == 0 && ftruncate(handle, 6 * PAGE) == 0, "ftruncate");
    printf("cut and grown %d %d\n", all[3 * PAGE], moved[PAGE]);
    moved[PAGE] = 'g';
    printf("and in use again %c\n", all[3 * PAGE]);
}

static void shrink(void)
{
    int handle = make("shrink", 2);
    char *place = map(handle, PROT_READ | PROT_WRITE, 0, 2);
    char byte = 0;
    place[PAGE] = 's';
    need(mremap(place, 2 * PAGE, PAGE, 0) == place, "mremap");
    need(pread(handle, &byte, 1, PAGE) == 1, "pread");
    printf("stored before it shrank %d\n", byte);
}

static long futex(uint32_t *word, int operation, uint32_t value)
{
    return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static uint32_t *words[2];

static void *wait(void *unused)
{
    while (__atomic_load_n(words[0], __ATOMIC_SEQ_CST) == 0)
        futex(words[0], FUTEX_WAIT, 0);
    return unused;
}

static void wake_at_another_address(void)
{
    int handle = make("futex", 1);
    words[0] = (uint32_t *)map(handle, PROT_READ | PROT_WRITE, 0, 1);
    words[1] = (uint32_t *)map(handle, PROT_READ | PROT_WRITE, 0, 1);
    pthread_t waiter;
    need(pthread_create(&waiter, NULL, wait, NULL) == 0, "pthread_create");
    usleep(50000);
    __atomic_store_n(words[1], 1, __ATOMIC_SEQ_CST);
    printf("woken %ld\n", futex(words[1], FUTEX_WAKE, 1));
    pthread_join(waiter, NULL);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) { // code that changes: the emulator does not notice stores at the other address
        run_code(3);
        return 0;
    }
    see_stores();
    run_code(1);
    overlap();
    shrink();
    wake_at_another_address();
    return 0;
}
