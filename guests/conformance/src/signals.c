// Signal handlers, masks, pending signals, alternate stacks, restarted calls,
// queued values, and waiting for signals.
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

static volatile sig_atomic_t count, last, on_other_stack;
static volatile int last_code, last_value;
static char other_stack[64 << 10] __attribute__((aligned(16)));

static void on_plain(int number)
{
    count++;
    last = number;
}

static void on_info(int number, siginfo_t *info, void *context)
{
    count++;
    last = number;
    last_code = info->si_code;
    last_value = info->si_value.sival_int;
    (void)context;
}

static void on_other(int number)
{
    char here;
    (void)number;
    on_other_stack = &here >= other_stack && &here < other_stack + sizeof other_stack;
    stack_t now;
    sigaltstack(NULL, &now);
    on_other_stack += now.ss_flags & SS_ONSTACK ? 2 : 0;
}

static void install(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigemptyset(&action.sa_mask);
    need(sigaction(number, &action, NULL) == 0, "sigaction");
}

static sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static void *interrupt_soon(void *argument)
{
    // Long enough that the other thread waits by then.
    nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
    pthread_kill(*(pthread_t *)argument, SIGUSR1);
    return NULL;
}

static void *write_soon(void *argument)
{
    nanosleep(&(struct timespec){ .tv_nsec = 160000000 }, NULL);
    need(write(*(int *)argument, "x", 1) == 1, "write");
    return NULL;
}

// read() on an empty pipe, interrupted at 60 ms, with data at 160 ms.
static void interrupted_read(const char *what, int flags)
{
    int ends[2];
    need(pipe(ends) == 0, "pipe");
    install(SIGUSR1, on_plain, flags);
    pthread_t self = pthread_self(), interrupting, writing;
    count = 0;
    pthread_create(&interrupting, NULL, interrupt_soon, &self);
    pthread_create(&writing, NULL, write_soon, &ends[1]);
    char byte;
    show_call(what, read(ends[0], &byte, 1));
    pthread_join(interrupting, NULL);
    pthread_join(writing, NULL);
    printf("handled %d\n", (int)count);
    close(ends[0]);
    close(ends[1]);
}

static pthread_t handled_in;
static volatile sig_atomic_t handled;

static void on_thread(int number)
{
    (void)number;
    handled_in = pthread_self();
    handled = 1;
}

static void *wait_unblocked(void *argument)
{
    (void)argument;
    sigset_t set = set_of(SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    while (!handled)
        usleep(1000);
    return NULL;
}

static void *take_signal(void *argument)
{
    sigset_t set = set_of(SIGUSR2);
    int number = 0;
    int error = sigwait(&set, &number);
    *(int *)argument = error == 0 ? number : -error;
    return NULL;
}

int main(void)
{
    install(SIGUSR1, on_plain, 0);
    show_call("raise", raise(SIGUSR1));
    printf("count %d, SIGUSR1 %d\n", (int)count, last == SIGUSR1);

    // A blocked signal is pending once, however often it was raised.
    sigset_t usr1 = set_of(SIGUSR1), pending;
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: count %d, pending %d\n", (int)count, sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    sigpending(&pending);
    printf("unblocked: count %d, pending %d\n", (int)count, sigismember(&pending, SIGUSR1));

    // An ignored signal is gone, even when it was already pending.
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    printf("ignored: count %d\n", (int)count);
    signal(SIGCHLD, SIG_DFL);
    raise(SIGCHLD); // ignored by default
    raise(SIGURG);

    // Information that comes with a signal; real-time signals queue up.
    struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGRTMIN, &action, NULL);
    sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 4711 });
    printf("queued: code %d, value %d\n", last_code == SI_QUEUE, last_value);
    kill(getpid(), SIGUSR1);
    printf("killed: code %d\n", last_code == SI_USER);
    raise(SIGUSR1);
    printf("raised: code %d\n", last_code == SI_TKILL);
    sigset_t realtime = set_of(SIGRTMIN);
    sigprocmask(SIG_BLOCK, &realtime, NULL);
    count = 0;
    for (int i = 1; i <= 3; i++)
        sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
    siginfo_t info;
    show_truth("sigwaitinfo", sigwaitinfo(&realtime, &info) == SIGRTMIN);
    printf("first value %d\n", info.si_value.sival_int);
    sigprocmask(SIG_UNBLOCK, &realtime, NULL);
    printf("then handled %d, last value %d\n", (int)count, last_value);

    // SA_RESETHAND: only the first time.
    install(SIGUSR2, on_plain, SA_RESETHAND);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &action);
    show_truth("handler reset", action.sa_handler == SIG_DFL);

    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof other_stack };
    show_call("sigaltstack", sigaltstack(&stack, NULL));
    install(SIGUSR2, on_other, SA_ONSTACK);
    raise(SIGUSR2);
    printf("on the other stack %d\n", (int)on_other_stack);
    install(SIGUSR2, on_other, 0);
    raise(SIGUSR2);
    printf("on the normal stack %d\n", (int)on_other_stack);
    stack.ss_size = 100;
    show_call("sigaltstack too small", sigaltstack(&stack, NULL));
    stack.ss_flags = SS_DISABLE;
    show_call("sigaltstack off", sigaltstack(&stack, NULL));

    interrupted_read("read without SA_RESTART", 0);
    interrupted_read("read with SA_RESTART", SA_RESTART);

    // A sleep is never restarted, and tells how much of it was left.
    install(SIGUSR1, on_plain, SA_RESTART);
    pthread_t self = pthread_self(), other;
    pthread_create(&other, NULL, interrupt_soon, &self);
    struct timespec left = { 0 };
    show_call("nanosleep", nanosleep(&(struct timespec){ .tv_sec = 2 }, &left));
    show_truth("some of it left", left.tv_sec == 1 && left.tv_nsec > 0);
    pthread_join(other, NULL);

    // sigsuspend waits with another mask and comes back with the old one.
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    count = 0;
    raise(SIGUSR1);
    sigset_t none;
    sigemptyset(&none);
    show_call("sigsuspend", sigsuspend(&none));
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("handled %d, blocked again %d\n", (int)count, sigismember(&mask, SIGUSR1));
    sigset_t again = set_of(SIGUSR1);
    show_call("sigtimedwait",
              sigtimedwait(&again, &info, &(struct timespec){ .tv_nsec = 1000000 }));
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);

    // A signal for the process goes to a thread that does not block it.
    sigset_t usr2 = set_of(SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &usr2, NULL);
    install(SIGUSR2, on_thread, 0);
    pthread_create(&other, NULL, wait_unblocked, NULL);
    kill(getpid(), SIGUSR2);
    pthread_join(other, NULL);
    show_truth("handled by the other thread", !pthread_equal(handled_in, pthread_self()));
    int taken = 0;
    pthread_create(&other, NULL, take_signal, &taken);
    pthread_kill(other, SIGUSR2);
    pthread_join(other, NULL);
    show_truth("sigwait in a thread", taken == SIGUSR2);

    show_call("kill nobody", kill(getpid(), 0));
    show_call("kill bad number", kill(getpid(), 65));
    show_call("sigaction SIGKILL", sigaction(SIGKILL, &action, NULL));
    show_call("sigaction 0", sigaction(0, &action, NULL));
    return 0;
}
