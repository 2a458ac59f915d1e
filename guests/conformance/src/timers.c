// Clocks, sleeps and timers. Only orders and lower bounds are shown; how late
// a machine wakes a program up is not its business.
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

static volatile sig_atomic_t ticks;
static volatile int timer_value;

static void on_tick(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    ticks++;
    if (info->si_code == SI_TIMER)
        timer_value = info->si_value.sival_int;
}

static int64_t now_ms(clockid_t clock)
{
    struct timespec now;
    need(clock_gettime(clock, &now) == 0, "clock_gettime");
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static char finished[8];
static int finished_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct sleeper {
    char name;
    int milliseconds;
};

static void *sleep_and_note(void *argument)
{
    struct sleeper *sleeper = argument;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += sleeper->milliseconds * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
    pthread_mutex_lock(&lock);
    finished[finished_count++] = sleeper->name;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static volatile int notified;

static void notify(union sigval value)
{
    notified = value.sival_int;
}

int main(void)
{
    struct timespec resolution;
    clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
                           CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
                           CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        struct timespec before, after;
        need(clock_getres(clocks[i], &resolution) == 0, "clock_getres");
        clock_gettime(clocks[i], &before);
        clock_gettime(clocks[i], &after);
        bool backwards = after.tv_sec < before.tv_sec ||
                         (after.tv_sec == before.tv_sec && after.tv_nsec < before.tv_nsec);
        printf("clock %zu: resolution under a second %d, backwards %d\n", i,
               resolution.tv_sec == 0 && resolution.tv_nsec > 0, backwards);
    }
    show_call("bad clock", clock_gettime(99, &resolution));
    show_truth("after the year 2020", time(NULL) > 1577836800);
    struct timeval day;
    show_call("gettimeofday", gettimeofday(&day, NULL));

    struct sleeper sleepers[] = { { 'd', 160 }, { 'b', 80 }, { 'a', 40 }, { 'c', 120 } };
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, sleep_and_note, &sleepers[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("woke up in the order %s\n", finished);

    int64_t start = now_ms(CLOCK_MONOTONIC);
    nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
    usleep(20000);
    show_truth("slept at least 50 ms", now_ms(CLOCK_MONOTONIC) - start >= 49);
    show_call("bad nanosleep", nanosleep(&(struct timespec){ .tv_nsec = 1000000000 }, NULL));
    show_error("bad clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0,
                                                      &(struct timespec){ .tv_sec = -1 }, NULL));
    show_error("sleep until the past", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
                                                       &(struct timespec){ .tv_sec = 0 }, NULL));

    struct sigaction action = { .sa_sigaction = on_tick, .sa_flags = SA_SIGINFO };
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGRTMIN + 1, &action, NULL);

    struct itimerval every = { .it_interval = { 0, 10000 }, .it_value = { 0, 10000 } }, old;
    show_call("setitimer", setitimer(ITIMER_REAL, &every, NULL));
    while (ticks < 5)
        pause();
    show_call("getitimer", getitimer(ITIMER_REAL, &old));
    show_truth("interval kept", old.it_interval.tv_usec == 10000);
    every = (struct itimerval){ 0 };
    show_call("setitimer off", setitimer(ITIMER_REAL, &every, NULL));
    printf("ticks at least 5: %d\n", ticks >= 5);
    show_call("setitimer bad", setitimer(9, &every, NULL));
    show_call("alarm", alarm(100));
    show_truth("alarm had time left", alarm(0) > 90);

    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
    event.sigev_value.sival_int = 1234;
    show_call("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer));
    ticks = 0;
    struct itimerspec spec = { .it_value = { 0, 20000000 } }, left;
    show_call("timer_settime", timer_settime(timer, 0, &spec, NULL));
    while (ticks == 0)
        usleep(1000);
    printf("timer value %d\n", timer_value);
    show_call("timer_gettime", timer_gettime(timer, &left));
    show_truth("disarmed after one shot", left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    spec.it_value = (struct timespec){ now.tv_sec + 1000, 0 };
    show_call("timer_settime absolute", timer_settime(timer, TIMER_ABSTIME, &spec, NULL));
    timer_gettime(timer, &left);
    show_truth("long to go", left.it_value.tv_sec >= 990);
    // Blocked meanwhile, a periodic timer queues one signal and counts the rest.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    spec = (struct itimerspec){ .it_interval = { 0, 5000000 }, .it_value = { 0, 5000000 } };
    timer_settime(timer, 0, &spec, NULL);
    usleep(60000);
    ticks = 0;
    timer_getoverrun(timer);
    show_call("timer_delete", timer_delete(timer));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    printf("signals for many periods at most one: %d\n", ticks <= 1);
    show_call("timer_delete again", timer_delete(timer));

    event = (struct sigevent){ .sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify };
    event.sigev_value.sival_int = 77;
    show_call("timer_create thread", timer_create(CLOCK_REALTIME, &event, &timer));
    spec = (struct itimerspec){ .it_value = { 0, 10000000 } };
    timer_settime(timer, 0, &spec, NULL);
    while (notified == 0)
        usleep(1000);
    printf("notified with %d\n", notified);
    timer_delete(timer);

    event = (struct sigevent){ .sigev_notify = SIGEV_NONE };
    show_call("timer_create silent", timer_create(CLOCK_MONOTONIC, &event, &timer));
    timer_delete(timer);

    // Processor time passes while the program computes, not while it sleeps.
    int64_t processor = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    volatile uint64_t work = 0;
    while (now_ms(CLOCK_PROCESS_CPUTIME_ID) - processor < 20)
        for (int i = 0; i < 1000; i++)
            work++;
    show_truth("processor time passes", true);
    return 0;
}
