// What is blocked while a handler runs: its own signal unless SA_NODEFER, and
// the signals of sa_mask. The RISC-V kernel's sigaction structure has no
// restorer field, so its mask directly follows the flags.
#include <signal.h>

#include "../common/show.h"

static volatile int order, masks;

static void note_masks(void)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    masks = sigismember(&mask, SIGUSR1) + 2 * sigismember(&mask, SIGUSR2) +
            4 * sigismember(&mask, SIGRTMIN + 3) + 8 * sigismember(&mask, SIGTERM);
}

static void on_second(int number)
{
    (void)number;
    order = order * 10 + 2;
}

static void on_first(int number)
{
    (void)number;
    raise(SIGUSR2);
    order = order * 10 + 1;
    note_masks();
}

static void install(int number, void (*handler)(int), int flags, int also_blocked)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, now;
    sigemptyset(&action.sa_mask);
    if (also_blocked != 0)
        sigaddset(&action.sa_mask, also_blocked);
    need(sigaction(number, &action, NULL) == 0, "sigaction");
    need(sigaction(number, NULL, &now) == 0, "sigaction");
    show_truth("mask is told back",
               also_blocked == 0 || sigismember(&now.sa_mask, also_blocked));
}

static void raise_first(const char *what)
{
    order = masks = 0;
    raise(SIGUSR1);
    printf("%s: order %d, blocked in the handler %d", what, order, masks);
    note_masks();
    printf(", after it %d\n", masks);
}

int main(void)
{
    install(SIGUSR2, on_second, 0, 0);
    install(SIGUSR1, on_first, 0, SIGUSR2);
    raise_first("second held back");
    install(SIGUSR1, on_first, 0, SIGRTMIN + 3);
    raise_first("only itself held back");
    install(SIGUSR1, on_first, SA_NODEFER, 0);
    raise_first("nothing held back");
    install(SIGUSR1, on_first, SA_NODEFER, SIGUSR2);
    raise_first("only the second held back");
    install(SIGUSR1, on_first, SA_NODEFER, SIGUSR1);
    raise_first("itself by the mask");
    install(SIGUSR1, on_first, 0, SIGTERM);
    raise_first("another held back");
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR2);
    raise(SIGUSR1);
    order = 0;
    sigset_t none;
    sigemptyset(&none);
    show_call("sigsuspend", sigsuspend(&none));
    // Both were pending; both handlers ran before sigsuspend returned.
    show_truth("all handlers ran", order > 10);
    return 0;
}
