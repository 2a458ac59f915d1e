// A clean end on SIGTERM and SIGINT: the handler only raises a flag, and the
// loops look at the flag. The handler is installed without SA_RESTART, so a
// system call that waits returns with EINTR instead of waiting on.
#ifndef GUEST_STOP_H
#define GUEST_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdatomic.h>
#include <string.h>

static atomic_bool stop_flag;

static inline void note_stop_signal(int number)
{
    (void)number;
    atomic_store(&stop_flag, true);
}

static inline bool stop_requested(void)
{
    return atomic_load_explicit(&stop_flag, memory_order_relaxed);
}

static inline void stop_on_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_stop_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

#endif
