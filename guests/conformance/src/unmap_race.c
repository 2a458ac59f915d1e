// Threads store to pages that another thread unmaps and maps again: each store
// either happens or faults, and nothing else comes to harm.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "../common/show.h"

enum { PAGE = 4096, PAGES = 16, STORERS = 3, ROUNDS = 2000 };

static char *const place = (char *)0x10000000;
static atomic_bool done;
static atomic_long faults, stores;
static __thread sigjmp_buf back;

static void leave(int number)
{
    (void)number;
    faults++;
    siglongjmp(back, 1);
}

static void map(void)
{
    need(mmap(place, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place,
         "mmap");
}

static void *store(void *unused)
{
    while (!done) {
        if (sigsetjmp(back, 1) == 0) {
            for (unsigned page = 0; !done; page++) {
                ((volatile char *)place)[page % PAGES * PAGE] = 1;
                stores++;
            }
        }
    }
    return unused;
}

int main(void)
{
    struct sigaction action = { .sa_handler = leave, .sa_flags = SA_NODEFER };
    need(sigaction(SIGSEGV, &action, NULL) == 0, "sigaction");
    map();
    pthread_t storers[STORERS];
    for (int index = 0; index < STORERS; index++)
        need(pthread_create(&storers[index], NULL, store, NULL) == 0, "pthread_create");

    int fresh = 0;
    for (int round = 0; round < ROUNDS; round++) {
        need(munmap(place, PAGES * PAGE) == 0, "munmap");
        map();
        need(madvise(place, PAGES * PAGE, MADV_DONTNEED) == 0, "madvise");
        fresh += ((volatile char *)place)[PAGE - 1] == 0;
    }
    done = true;
    for (int index = 0; index < STORERS; index++)
        pthread_join(storers[index], NULL);
    printf("fresh %d of %d\n", fresh, ROUNDS);
    show_truth("stored", stores > 0);
    return 0;
}
