// C11 atomics of all sizes, used by several threads at once.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "../common/show.h"

enum { THREADS = 8, ROUNDS = 2000 };

// Neighbours in one doubleword: an operation on one must leave the others.
static struct {
    _Atomic uint8_t byte[4];
    _Atomic uint16_t half;
    _Atomic uint16_t flag_bits;
} packed;
static _Atomic uint32_t word;
static _Atomic uint64_t doubleword, bits_or, bits_and = UINT64_MAX, bits_xor, largest;
static _Atomic int64_t signed_sum;
static _Atomic(double) floating;
static _Atomic unsigned __int128 wide;
static atomic_bool once;
static _Atomic int winners;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static uint64_t guarded;

struct node {
    struct node *next;
    int value;
};
static _Atomic(struct node *) stack_top;

static void *work(void *argument)
{
    uint64_t me = (uint64_t)(uintptr_t)argument;
    if (!atomic_exchange(&once, true))
        atomic_fetch_add(&winners, 1);
    static struct node nodes[THREADS][ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&packed.byte[me % 4], 1);
        atomic_fetch_add_explicit(&packed.half, 3, memory_order_relaxed);
        atomic_fetch_xor(&packed.flag_bits, (uint16_t)(1 << me));
        atomic_fetch_add_explicit(&word, 5, memory_order_acq_rel);
        atomic_fetch_sub(&signed_sum, (int64_t)i);
        atomic_fetch_or(&bits_or, UINT64_C(1) << (me * 8 + (uint64_t)i % 8));
        atomic_fetch_and(&bits_and, ~(UINT64_C(1) << (me * 4 + (uint64_t)i % 4)));
        atomic_fetch_xor(&bits_xor, (uint64_t)i * me);
        uint64_t seen = atomic_load(&largest), mine = (uint64_t)i * 7919 * (me + 1) % 100003;
        while (seen < mine && !atomic_compare_exchange_weak(&largest, &seen, mine))
            ;
        uint64_t expected = atomic_load_explicit(&doubleword, memory_order_acquire);
        while (!atomic_compare_exchange_strong(&doubleword, &expected, expected * 3 + 1))
            ;
        double before = atomic_load(&floating);
        while (!atomic_compare_exchange_weak(&floating, &before, before + 0.5))
            ;
        if (i % 10 == 0) {
            unsigned __int128 old = atomic_load(&wide);
            unsigned __int128 step = ((unsigned __int128)1 << 64) + 2;
            while (!atomic_compare_exchange_weak(&wide, &old, old + step))
                ;
        }
        while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
            sched_yield();
        guarded++;
        atomic_flag_clear_explicit(&lock, memory_order_release);
        struct node *node = &nodes[me][i];
        node->value = i;
        node->next = atomic_load_explicit(&stack_top, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&stack_top, &node->next, node,
                                                      memory_order_release, memory_order_relaxed))
            ;
    }
    return NULL;
}

// Message passing: whoever sees the flag has to see the message.
static int message;
static atomic_int message_ready;
static uint64_t torn;

static void *send_messages(void *argument)
{
    for (int i = 1; i <= ROUNDS; i++) {
        while (atomic_load_explicit(&message_ready, memory_order_acquire) != 0)
            sched_yield();
        message = i * 3;
        atomic_store_explicit(&message_ready, i, memory_order_release);
    }
    return argument;
}

static void *receive_messages(void *argument)
{
    for (int i = 1; i <= ROUNDS; i++) {
        while (atomic_load_explicit(&message_ready, memory_order_acquire) != i)
            sched_yield();
        torn += message != i * 3;
        atomic_store_explicit(&message_ready, 0, memory_order_release);
    }
    return argument;
}

// Store buffering: with sequential consistency never both may miss the other.
static atomic_int left, right;
static int left_saw, right_saw;
static pthread_barrier_t together;
static uint64_t both_missed;

static void *go_left(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&together);
        atomic_store(&left, 1);
        left_saw = atomic_load(&right);
        pthread_barrier_wait(&together);
    }
    return argument;
}

static void *go_right(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&together);
        atomic_store(&right, 1);
        right_saw = atomic_load(&left);
        pthread_barrier_wait(&together);
        both_missed += left_saw == 0 && right_saw == 0;
        atomic_store(&left, 0);
        atomic_store(&right, 0);
    }
    return argument;
}

static void run_pair(void *(*first)(void *), void *(*second)(void *))
{
    pthread_t a, b;
    pthread_create(&a, NULL, first, NULL);
    pthread_create(&b, NULL, second, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
}

int main(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, work, (void *)i) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("bytes %d %d %d %d, half %d, bits %d\n", packed.byte[0], packed.byte[1],
           packed.byte[2], packed.byte[3], packed.half, packed.flag_bits);
    printf("word %u, doubleword %016llx, signed %lld\n", word, (unsigned long long)doubleword,
           (long long)signed_sum);
    printf("or %016llx, and %016llx, xor %llu, largest %llu\n", (unsigned long long)bits_or,
           (unsigned long long)bits_and, (unsigned long long)bits_xor,
           (unsigned long long)largest);
    unsigned __int128 total = wide;
    printf("floating %g, wide %llu %llu\n", floating, (unsigned long long)(total >> 64),
           (unsigned long long)total);
    printf("winners %d, guarded %llu\n", winners, (unsigned long long)guarded);
    uint64_t nodes = 0, sum = 0;
    for (struct node *node = stack_top; node != NULL; node = node->next, nodes++)
        sum += (uint64_t)node->value;
    printf("stack of %llu, sum %llu\n", (unsigned long long)nodes, (unsigned long long)sum);
    run_pair(send_messages, receive_messages);
    printf("torn messages %llu\n", (unsigned long long)torn);
    pthread_barrier_init(&together, NULL, 2);
    run_pair(go_left, go_right);
    printf("both missed %llu\n", (unsigned long long)both_missed);
    return 0;
}
