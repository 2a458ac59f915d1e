// The futex system call itself: waiting, waking, requeueing, bit sets, time
// limits, wake-and-operate, and the locks with priority inheritance.
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

static _Atomic uint32_t word, second;
static atomic_int awake;

static long futex(void *place, int operation, uint32_t value, const void *limit, void *other,
                  uint32_t more)
{
    return syscall(SYS_futex, place, operation | FUTEX_PRIVATE_FLAG, value, limit, other, more);
}

static void *wait_here(void *argument)
{
    (void)argument;
    while (futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0) != 0 && errno == EINTR)
        ;
    atomic_fetch_add(&awake, 1);
    return NULL;
}

static void *wait_for_bits(void *argument)
{
    uint32_t bits = (uint32_t)(uintptr_t)argument;
    while (futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, bits) != 0 && errno == EINTR)
        ;
    atomic_fetch_add(&awake, (int)bits);
    return NULL;
}

// Wakes until as many as wanted have been woken: a thread that was created may
// not wait yet. Each wake says how many it reached.
static int wake(int operation, int wanted, uint32_t bits)
{
    int woken = 0;
    while (woken < wanted) {
        long now = futex(&word, operation, (uint32_t)(wanted - woken), NULL, NULL, bits);
        need(now >= 0, "futex");
        woken += (int)now;
        if (now == 0)
            usleep(1000);
    }
    return woken;
}

static int64_t elapsed_ms(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static uint32_t pi_lock;
static int pi_counter;

static void *use_pi_lock(void *argument)
{
    uint32_t me = (uint32_t)gettid();
    for (int i = 0; i < 200; i++) {
        uint32_t nobody = 0;
        if (!__atomic_compare_exchange_n(&pi_lock, &nobody, me, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            need(futex(&pi_lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0, "FUTEX_LOCK_PI");
        pi_counter++;
        uint32_t own = me;
        if (!__atomic_compare_exchange_n(&pi_lock, &own, 0, false, __ATOMIC_RELEASE,
                                         __ATOMIC_RELAXED))
            need(futex(&pi_lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0, "FUTEX_UNLOCK_PI");
    }
    return argument;
}

int main(void)
{
    pthread_t threads[10];
    struct timespec limit = { 0, 30000000 }, start;

    show_call("value differs", futex(&word, FUTEX_WAIT, 5, NULL, NULL, 0));
    show_call("wake nobody", futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
    clock_gettime(CLOCK_MONOTONIC, &start);
    show_call("wait times out", futex(&word, FUTEX_WAIT, 0, &limit, NULL, 0));
    show_truth("not before its time", elapsed_ms(&start) >= 29);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec -= 1;
    show_call("absolute time is past", futex(&word, FUTEX_WAIT_BITSET, 0, &until, NULL,
                                             FUTEX_BITSET_MATCH_ANY));
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = (until.tv_nsec + 20000000) % 1000000000;
    until.tv_sec -= 5;
    show_call("absolute real time is past",
              futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &until, NULL,
                    FUTEX_BITSET_MATCH_ANY));
    limit.tv_nsec = 2000000000;
    show_call("bad time", futex(&word, FUTEX_WAIT, 0, &limit, NULL, 0));
    show_call("no bits", futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
    show_call("unaligned", futex((char *)&word + 1, FUTEX_WAKE, 1, NULL, NULL, 0));
    show_call("unknown", futex(&word, 77, 0, NULL, NULL, 0));

    for (int i = 0; i < 5; i++)
        pthread_create(&threads[i], NULL, wait_here, NULL);
    printf("woken one by one %d", wake(FUTEX_WAKE, 1, 0) + wake(FUTEX_WAKE, 1, 0));
    printf(", the rest %d\n", wake(FUTEX_WAKE, 3, 0));
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    printf("awake %d\n", awake);

    awake = 0;
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, wait_for_bits, (void *)((uintptr_t)1 << i));
    wake(FUTEX_WAKE_BITSET, 2, 1 | 4); // the first and the third
    while (awake < 5)
        usleep(1000);
    printf("awake by bits %d", awake);
    wake(FUTEX_WAKE, 2, 0); // plain waking matches any bits
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf(", then all %d\n", awake);

    // Waiters move to another word without waking up.
    awake = 0;
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, wait_here, NULL);
    int woken = 0, moved = 0;
    while (woken + moved < 6) {
        long now = futex(&word, FUTEX_CMP_REQUEUE, (uint32_t)(woken < 2 ? 2 - woken : 0),
                         (void *)(uintptr_t)10, &second, 0);
        need(now >= 0, "FUTEX_CMP_REQUEUE");
        int now_woken = now < 2 - woken ? (int)now : 2 - woken;
        woken += now_woken;
        moved += (int)now - now_woken;
        usleep(1000);
    }
    printf("woken %d, moved %d\n", woken, moved);
    show_call("nobody left at the first", futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
    show_call("all at the second", futex(&second, FUTEX_WAKE, 10, NULL, NULL, 0));
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    word = 1;
    show_call("requeue with another value",
              futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &second, 0));
    word = 0;

    // Wake the first; change the second, and wake there if its old value fits.
    pthread_create(&threads[0], NULL, wait_here, NULL);
    second = 7;
    long total = 0;
    while (total == 0) {
        second = 7;
        total = futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &second,
                      FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 7));
        need(total >= 0, "FUTEX_WAKE_OP");
        usleep(1000);
    }
    pthread_join(threads[0], NULL);
    printf("woken %ld, second %u\n", total, second);

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, use_pi_lock, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("priority inheritance %d, free %d\n", pi_counter, pi_lock == 0);
    show_call("unlock what is not ours", futex(&pi_lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    return 0;
}
