// Signals that stop and continue a process: what is pending, blocked, handled or
// ignored of them. Without an argument nothing stops. With `stop` the program
// stops itself, once by each signal that does, and says when it goes on.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../common/show.h"

static const int stopping[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
static volatile sig_atomic_t handled[65];

static void count(int number)
{
    handled[number]++;
}

static void block(int how, int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    need(sigprocmask(how, &set, NULL) == 0, "sigprocmask");
}

static int is_pending(int number)
{
    sigset_t set;
    need(sigpending(&set) == 0, "sigpending");
    return sigismember(&set, number);
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    need(sigaction(number, &action, NULL) == 0, "sigaction");
}

static int stop(void)
{
    set_handler(SIGCONT, count);
    for (unsigned index = 0; index < sizeof stopping / sizeof stopping[0]; index++) {
        need(raise(stopping[index]) == 0, "raise");
        printf("went on after %d, SIGCONT handled %d\n", stopping[index], (int)handled[SIGCONT]);
        fflush(stdout);
    }
    block(SIG_BLOCK, SIGTSTP);
    need(raise(SIGTSTP) == 0, "raise");
    printf("blocked: pending %d\n", is_pending(SIGTSTP));
    fflush(stdout);
    block(SIG_UNBLOCK, SIGTSTP);
    printf("went on after unblocking, SIGCONT handled %d\n", (int)handled[SIGCONT]);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "stop") == 0)
        return stop();

    struct sigaction action = { .sa_handler = count };
    printf("handler of SIGSTOP: %s\n", sigaction(SIGSTOP, &action, NULL) == 0 ? "set" : "refused");
    printf("default of SIGSTOP: %s\n",
           (action.sa_handler = SIG_DFL, sigaction(SIGSTOP, &action, NULL)) == 0 ? "set" : "refused");
    block(SIG_BLOCK, SIGSTOP);

    raise(SIGCONT);
    puts("SIGCONT by default does nothing to a running process");
    for (unsigned index = 1; index < sizeof stopping / sizeof stopping[0]; index++) {
        set_handler(stopping[index], count);
        raise(stopping[index]);
        set_handler(stopping[index], SIG_IGN);
        raise(stopping[index]);
        printf("%d handled %d\n", stopping[index], (int)handled[stopping[index]]);
        set_handler(stopping[index], SIG_DFL);
    }

    block(SIG_BLOCK, SIGTSTP);
    block(SIG_BLOCK, SIGTTIN);
    block(SIG_BLOCK, SIGCONT);
    set_handler(SIGCONT, count);
    raise(SIGTSTP);
    kill(getpid(), SIGTTIN);
    printf("pending: TSTP %d, TTIN %d, CONT %d\n", is_pending(SIGTSTP), is_pending(SIGTTIN), is_pending(SIGCONT));
    raise(SIGCONT);
    printf("SIGCONT takes them back: TSTP %d, TTIN %d, CONT %d\n", is_pending(SIGTSTP), is_pending(SIGTTIN),
           is_pending(SIGCONT));
    kill(getpid(), SIGTTIN);
    printf("and they it: TSTP %d, TTIN %d, CONT %d\n", is_pending(SIGTSTP), is_pending(SIGTTIN), is_pending(SIGCONT));
    set_handler(SIGTTIN, SIG_IGN);
    printf("ignoring forgets: TTIN %d\n", is_pending(SIGTTIN));
    block(SIG_UNBLOCK, SIGTSTP);
    block(SIG_UNBLOCK, SIGTTIN);
    block(SIG_UNBLOCK, SIGCONT);
    printf("SIGCONT handled %d\n", (int)handled[SIGCONT]);
    return 0;
}
