// threads: every means by which threads agree with each other, one section
// per means. The order in which threads run is never visible in the output, so
// the output is the same on every machine that gets the means right.
#define _GNU_SOURCE // for the robust mutex functions

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../common/arguments.h"
#include "../common/clock.h"
#include "../common/mixing.h"

enum { MAX_THREADS = 64 };

static uint64_t thread_count = 4, round_count = 1000;

// What each worker of a section gets.
struct worker {
    uint64_t number; // 0..thread_count-1
    uint64_t result;
};

static void check(int error, const char *what)
{
    errno = error;
    if (error != 0)
        system_failure(what);
}

// Runs one function in thread_count threads and adds up their results.
static uint64_t run_workers(void *(*function)(void *))
{
    pthread_t threads[MAX_THREADS];
    struct worker workers[MAX_THREADS];
    for (uint64_t i = 0; i < thread_count; i++) {
        workers[i] = (struct worker){ .number = i };
        check(pthread_create(&threads[i], NULL, function, &workers[i]), "pthread_create");
    }
    uint64_t sum = 0;
    for (uint64_t i = 0; i < thread_count; i++) {
        check(pthread_join(threads[i], NULL), "pthread_join");
        sum += workers[i].result;
    }
    return sum;
}

static void report(const char *section, uint64_t got, uint64_t expected)
{
    printf("%-20s %llu %s\n", section, (unsigned long long)got,
           got == expected ? "as expected" : "WRONG");
    if (got != expected)
        exit(EXIT_FAILURE);
}

// ---- mutex ------------------------------------------------------------------

static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t guarded_counter;

static void *count_with_mutex(void *argument)
{
    (void)argument;
    for (uint64_t i = 0; i < round_count; i++) {
        pthread_mutex_lock(&counter_lock);
        guarded_counter++;
        pthread_mutex_unlock(&counter_lock);
    }
    return NULL;
}

// ---- condition variable: a ball goes around, each thread waits for its turn --

static pthread_mutex_t ball_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ball_moved = PTHREAD_COND_INITIALIZER;
static uint64_t ball_holder, ball_passes;

static void *pass_the_ball(void *argument)
{
    struct worker *worker = argument;
    pthread_mutex_lock(&ball_lock);
    for (uint64_t i = 0; i < round_count; i++) {
        while (ball_holder != worker->number)
            pthread_cond_wait(&ball_moved, &ball_lock);
        ball_holder = (ball_holder + 1) % thread_count;
        ball_passes++;
        pthread_cond_broadcast(&ball_moved);
    }
    pthread_mutex_unlock(&ball_lock);
    return NULL;
}

// ---- barrier: each phase reads what all others wrote in the phase before -----

static pthread_barrier_t phase_end;
static uint64_t phase_values[2][MAX_THREADS];
static atomic_uint_fast64_t serial_threads;

static void *run_phases(void *argument)
{
    struct worker *worker = argument;
    uint64_t me = worker->number;
    for (uint64_t phase = 0; phase < round_count; phase++) {
        const uint64_t *before = phase_values[phase % 2];
        uint64_t sum = 0;
        for (uint64_t i = 0; i < thread_count; i++)
            sum += before[i];
        phase_values[(phase + 1) % 2][me] = mix(sum + me + 1);
        // Exactly one thread per phase is told that it is the serial one.
        if (pthread_barrier_wait(&phase_end) == PTHREAD_BARRIER_SERIAL_THREAD)
            atomic_fetch_add(&serial_threads, 1);
    }
    worker->result = phase_values[round_count % 2][me];
    return NULL;
}

// The same computation without threads.
static uint64_t phases_in_sequence(void)
{
    uint64_t values[MAX_THREADS] = { 0 }, sum = 0;
    for (uint64_t phase = 0; phase <= round_count; phase++) {
        sum = 0;
        for (uint64_t i = 0; i < thread_count; i++)
            sum += values[i];
        for (uint64_t i = 0; i < thread_count; i++)
            values[i] = mix(sum + i + 1);
    }
    return sum;
}

// ---- thread-local storage, by the language and by keys with a destructor -----

static _Thread_local uint64_t own_counter = 7;
static pthread_key_t own_key;
static atomic_uint_fast64_t destructor_sum;

static void destroy_own_value(void *value)
{
    atomic_fetch_add(&destructor_sum, *(uint64_t *)value);
    free(value);
}

static void *use_own_storage(void *argument)
{
    struct worker *worker = argument;
    uint64_t *value = calloc(1, sizeof *value);
    pthread_setspecific(own_key, value);
    for (uint64_t i = 0; i < round_count; i++) {
        own_counter += worker->number;
        ++*(uint64_t *)pthread_getspecific(own_key);
        if (i % 100 == 0)
            sched_yield();
    }
    worker->result = own_counter;
    return NULL;
}

// ---- atomics ------------------------------------------------------------------

static atomic_uint_fast64_t added, swapped;
static atomic_uchar narrow;
static atomic_flag spinning = ATOMIC_FLAG_INIT;
static uint64_t spun;

static void *use_atomics(void *argument)
{
    (void)argument;
    for (uint64_t i = 0; i < round_count; i++) {
        atomic_fetch_add_explicit(&added, 3, memory_order_relaxed);
        atomic_fetch_add(&narrow, 1); // less than a word: the wrap must stay inside
        uint_fast64_t seen = atomic_load(&swapped);
        while (!atomic_compare_exchange_weak(&swapped, &seen, seen * 2 % 1000003 + 1))
            ;
        while (atomic_flag_test_and_set_explicit(&spinning, memory_order_acquire))
            sched_yield();
        spun++;
        atomic_flag_clear_explicit(&spinning, memory_order_release);
    }
    return NULL;
}

static uint64_t swaps_in_sequence(void)
{
    uint64_t value = 0;
    for (uint64_t i = 0; i < thread_count * round_count; i++)
        value = value * 2 % 1000003 + 1;
    return value;
}

// ---- read-write lock: readers never see the two halves differ ------------------

static pthread_rwlock_t halves_lock = PTHREAD_RWLOCK_INITIALIZER;
static uint64_t first_half, second_half;

static void *read_and_write(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < round_count; i++) {
        if (i % 4 == worker->number % 4) {
            pthread_rwlock_wrlock(&halves_lock);
            first_half++;
            if (i % 16 == 0)
                sched_yield(); // gives wrong locks a chance to show
            second_half++;
        } else {
            pthread_rwlock_rdlock(&halves_lock);
            worker->result += first_half != second_half;
        }
        pthread_rwlock_unlock(&halves_lock);
    }
    return NULL;
}

static uint64_t writes_expected(void)
{
    uint64_t writes = 0;
    for (uint64_t thread = 0; thread < thread_count; thread++)
        for (uint64_t i = 0; i < round_count; i++)
            writes += i % 4 == thread % 4;
    return writes;
}

// ---- once -----------------------------------------------------------------------

static pthread_once_t only_once = PTHREAD_ONCE_INIT;
static uint64_t initialisations;

static void initialise(void)
{
    sched_yield(); // lets the others arrive while this is under way
    initialisations++;
}

static void *use_once(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < round_count; i++) {
        pthread_once(&only_once, initialise);
        worker->result += initialisations; // 1 each time: nobody gets past too early
    }
    return NULL;
}

// ---- semaphore: never more than two threads inside ---------------------------------

static sem_t places;
static atomic_int inside, most_inside;

static void *enter_and_leave(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < round_count; i++) {
        while (sem_wait(&places) != 0)
            ;
        int now = atomic_fetch_add(&inside, 1) + 1;
        int most = atomic_load(&most_inside);
        while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now))
            ;
        worker->result++;
        atomic_fetch_sub(&inside, 1);
        sem_post(&places);
    }
    return NULL;
}

// ---- cancellation, exit values, deadlines --------------------------------------------

static atomic_uint_fast64_t cleanups;

static void note_cleanup(void *argument)
{
    atomic_fetch_add(&cleanups, *(const uint64_t *)argument);
}

static void *wait_to_be_cancelled(void *argument)
{
    struct worker *worker = argument;
    pthread_cleanup_push(note_cleanup, &worker->number);
    for (;;)
        sleep_until(monotonic_now() + 3600 * NANOSECONDS_PER_SECOND);
    pthread_cleanup_pop(0);
    return NULL;
}

// A busy thread has no point where it would wait; it offers one by itself.
static void *compute_until_cancelled(void *argument)
{
    struct worker *worker = argument;
    pthread_cleanup_push(note_cleanup, &worker->number);
    for (;;) {
        worker->result = mix(worker->result + 1);
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static uint64_t cancel_all(void *(*function)(void *))
{
    pthread_t threads[MAX_THREADS];
    struct worker workers[MAX_THREADS];
    uint64_t cancelled = 0;
    for (uint64_t i = 0; i < thread_count; i++) {
        workers[i] = (struct worker){ .number = i + 1 };
        check(pthread_create(&threads[i], NULL, function, &workers[i]), "pthread_create");
    }
    // Some are cancelled before they even start, which the join must not mind;
    // only those that got to push their cleanup run it.
    for (uint64_t i = 0; i < thread_count; i++)
        check(pthread_cancel(threads[i]), "pthread_cancel");
    for (uint64_t i = 0; i < thread_count; i++) {
        void *value;
        check(pthread_join(threads[i], &value), "pthread_join");
        cancelled += value == PTHREAD_CANCELED;
    }
    return cancelled;
}

static void *return_square(void *argument)
{
    uint64_t number = (uint64_t)(uintptr_t)argument;
    if (number % 2 == 0)
        pthread_exit((void *)(uintptr_t)(number * number));
    return (void *)(uintptr_t)(number * number);
}

static uint64_t join_squares(void)
{
    pthread_t threads[MAX_THREADS];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < thread_count; i++)
        check(pthread_create(&threads[i], NULL, return_square, (void *)(uintptr_t)i),
              "pthread_create");
    for (uint64_t i = 0; i < thread_count; i++) {
        void *value;
        check(pthread_join(threads[i], &value), "pthread_join");
        sum += (uint64_t)(uintptr_t)value;
    }
    return sum;
}

// Nobody signals and nobody posts: every one of these waits must time out.
static uint64_t count_timeouts(void)
{
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20 * NANOSECONDS_PER_MILLISECOND;
    soon.tv_sec += soon.tv_nsec / (long)NANOSECONDS_PER_SECOND;
    soon.tv_nsec %= (long)NANOSECONDS_PER_SECOND;

    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    sem_t empty;
    sem_init(&empty, 0, 0);
    uint64_t timeouts = 0;
    pthread_mutex_lock(&lock);
    while (pthread_cond_timedwait(&never, &lock, &soon) != ETIMEDOUT)
        ;
    timeouts++;
    timeouts += pthread_mutex_timedlock(&lock, &soon) == ETIMEDOUT; // held by ourselves
    timeouts += sem_timedwait(&empty, &soon) != 0 && errno == ETIMEDOUT;
    pthread_mutex_unlock(&lock);
    sem_destroy(&empty);
    return timeouts;
}

// ---- robust mutex: the next owner learns that the last one ended without unlocking --------

static void *lock_and_end(void *argument)
{
    pthread_mutex_lock(argument);
    return NULL;
}

static void test_robust_mutex(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t lock;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    check(pthread_mutex_init(&lock, &attributes), "pthread_mutex_init (robust)");
    uint64_t recovered = 0;
    for (uint64_t i = 0; i < thread_count; i++) {
        pthread_t owner;
        check(pthread_create(&owner, NULL, lock_and_end, &lock), "pthread_create");
        check(pthread_join(owner, NULL), "pthread_join");
        if (pthread_mutex_lock(&lock) == EOWNERDEAD &&
            pthread_mutex_consistent(&lock) == 0)
            recovered++;
        pthread_mutex_unlock(&lock);
    }
    report("robust recovered", recovered, thread_count);
    // Without pthread_mutex_consistent the mutex is lost for good.
    pthread_t owner;
    check(pthread_create(&owner, NULL, lock_and_end, &lock), "pthread_create");
    check(pthread_join(owner, NULL), "pthread_join");
    bool dead = pthread_mutex_lock(&lock) == EOWNERDEAD;
    pthread_mutex_unlock(&lock);
    report("robust lost", dead && pthread_mutex_lock(&lock) == ENOTRECOVERABLE, 1);
    pthread_mutex_destroy(&lock);
}

int main(int argc, char **argv)
{
    struct argument options[] = {
        { "threads", ARGUMENT_NUMBER, &thread_count, 1, MAX_THREADS, "N", "threads (4)", false },
        { "rounds", ARGUMENT_NUMBER, &round_count, 1, 1000000000, "N",
          "rounds per thread and section (1000)", false },
    };
    struct argument_list list = { "threads", "Exercises all means of synchronisation.", options,
                                  sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    uint64_t total = thread_count * round_count;

    run_workers(count_with_mutex);
    report("mutex", guarded_counter, total);

    run_workers(pass_the_ball);
    report("condition", ball_passes, total);

    pthread_barrier_init(&phase_end, NULL, (unsigned)thread_count);
    report("barrier values", run_workers(run_phases), phases_in_sequence());
    report("barrier serial", serial_threads, round_count);
    pthread_barrier_destroy(&phase_end);

    pthread_key_create(&own_key, destroy_own_value);
    report("thread-local", run_workers(use_own_storage),
           7 * thread_count + round_count * (thread_count * (thread_count - 1) / 2));
    report("thread-specific", destructor_sum, total);
    pthread_key_delete(own_key);

    run_workers(use_atomics);
    report("fetch and add", added, 3 * total);
    report("compare and swap", swapped, swaps_in_sequence());
    report("narrow atomic", narrow, total % 256);
    report("spin lock", spun, total);

    report("torn reads", run_workers(read_and_write), 0);
    report("read-write lock", first_half, writes_expected());

    report("once", run_workers(use_once), total);

    sem_init(&places, 0, 2);
    report("semaphore", run_workers(enter_and_leave), total);
    report("at most two inside", most_inside <= 2, 1);
    sem_destroy(&places);

    report("cancelled waiting", cancel_all(wait_to_be_cancelled), thread_count);
    report("cancelled busy", cancel_all(compute_until_cancelled), thread_count);
    report("cleanups in range", cleanups <= thread_count * (thread_count + 1), 1);
    report("join values", join_squares(),
           (thread_count - 1) * thread_count * (2 * thread_count - 1) / 6);
    report("timeouts", count_timeouts(), 3);
    test_robust_mutex();
    return EXIT_SUCCESS;
}
