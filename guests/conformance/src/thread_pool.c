// Two hundred threads that work on one queue, thread attributes, stacks, and
// thousands of threads one after another.
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "../common/show.h"

enum { THREADS = 200, TASKS = 10000, QUEUE = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int queue[QUEUE], first, filled;
static uint64_t results[TASKS];
static int done_by[THREADS];
static pthread_barrier_t all_started;

static void put(int task)
{
    pthread_mutex_lock(&lock);
    while (filled == QUEUE)
        pthread_cond_wait(&not_full, &lock);
    queue[(first + filled++) % QUEUE] = task;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    pthread_mutex_lock(&lock);
    while (filled == 0)
        pthread_cond_wait(&not_empty, &lock);
    int task = queue[first];
    first = (first + 1) % QUEUE;
    filled--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return task;
}

static void *work(void *argument)
{
    int *done = argument;
    pthread_barrier_wait(&all_started); // proves that all exist at the same time
    for (int task; (task = take()) >= 0; ++*done) {
        uint64_t state = (uint64_t)task, sum = 0;
        for (int i = 0; i < 20; i++)
            digest(&sum, scramble(&state));
        results[task] = sum;
    }
    return argument;
}

static void *use_stack(void *argument)
{
    volatile char large[900 << 10];
    for (size_t i = 0; i < sizeof large; i += 4096)
        large[i] = (char)i;
    pthread_attr_t attributes;
    void *base;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &base, &size);
    pthread_attr_destroy(&attributes);
    bool inside = (char *)large >= (char *)base && (char *)large < (char *)base + size;
    return inside && large[0] == 0 ? argument : NULL;
}

static void *add_one(void *argument)
{
    ++*(int *)argument;
    return NULL;
}

static pthread_mutex_t recursive, checking;

static void *try_locks(void *argument)
{
    (void)argument;
    show_error("recursive held by another", pthread_mutex_trylock(&recursive));
    show_error("unlock not ours", pthread_mutex_unlock(&checking));
    return NULL;
}

static pthread_t join_target;

static void *join_the_other(void *argument)
{
    void *result;
    show_error("join", pthread_join(join_target, &result));
    return argument;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_started, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, work, &done_by[i]) == 0, "pthread_create");
    pthread_barrier_wait(&all_started);
    for (int i = 0; i < TASKS; i++)
        put(i);
    for (int i = 0; i < THREADS; i++)
        put(-1);
    int done = 0;
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        done += *(int *)result;
    }
    uint64_t sum = 0;
    for (int i = 0; i < TASKS; i++)
        digest(&sum, results[i]);
    printf("done %d, digest %016llx\n", done, (unsigned long long)sum);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    show_error("stack size", pthread_attr_setstacksize(&attributes, 1 << 20));
    show_error("stack size too small", pthread_attr_setstacksize(&attributes, 100));
    show_error("guard size", pthread_attr_setguardsize(&attributes, 8192));
    void *result;
    need(pthread_create(&threads[0], &attributes, use_stack, &done) == 0, "pthread_create");
    pthread_join(threads[0], &result);
    show_truth("large stack used", result == &done);
    static char own_stack[1 << 20] __attribute__((aligned(4096)));
    show_error("own stack", pthread_attr_setstack(&attributes, own_stack, sizeof own_stack));
    need(pthread_create(&threads[0], &attributes, use_stack, &done) == 0, "pthread_create");
    pthread_join(threads[0], &result);
    show_truth("own stack used", result == &done && own_stack[sizeof own_stack - 100] == 0);
    pthread_attr_destroy(&attributes);

    int count = 0;
    for (int i = 0; i < 2000; i++) {
        need(pthread_create(&threads[0], NULL, add_one, &count) == 0, "pthread_create");
        pthread_join(threads[0], NULL);
    }
    printf("one after another %d\n", count);

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    static int flags[50];
    for (int i = 0; i < 50; i++)
        need(pthread_create(&threads[i], &attributes, add_one, &flags[i]) == 0, "pthread_create");
    for (int i = 0; i < 50; i++)
        while (__atomic_load_n(&flags[i], __ATOMIC_ACQUIRE) == 0)
            usleep(1000);
    printf("detached threads ran\n");

    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &kind);
    for (int i = 0; i < 3; i++)
        pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&checking);
    show_error("lock twice", pthread_mutex_lock(&checking));
    pthread_create(&threads[0], NULL, try_locks, NULL);
    pthread_join(threads[0], NULL);
    for (int i = 0; i < 3; i++)
        show_error("unlock", pthread_mutex_unlock(&recursive));
    show_error("unlock too often", pthread_mutex_unlock(&recursive));
    show_error("join itself", pthread_join(pthread_self(), NULL));

    pthread_setname_np(pthread_self(), "main thread");
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof name);
    printf("'%s'\n", name);
    show_error("name too long", pthread_setname_np(pthread_self(), "longer than fifteen"));

    // A thread can be joined by another one than its creator.
    pthread_create(&join_target, NULL, add_one, &count);
    pthread_create(&threads[0], NULL, join_the_other, NULL);
    pthread_join(threads[0], NULL);
    return 0;
}
