// Monotonic time and pacing.
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)

static inline uint64_t monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

// Sleeps until an absolute moment. An absolute deadline, unlike a sequence of
// relative sleeps, does not drift: being late once does not move what follows.
// Returns early (with EINTR) when a signal arrives, so that a stop request
// does not have to wait for the deadline.
static inline int sleep_until(uint64_t deadline)
{
    struct timespec target = {
        .tv_sec = (time_t)(deadline / NANOSECONDS_PER_SECOND),
        .tv_nsec = (long)(deadline % NANOSECONDS_PER_SECOND),
    };
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &target, NULL);
}

// The moment at which event number `index` is due when `rate` events happen
// each second from `start` on. Split so that it cannot overflow for years.
static inline uint64_t due_time(uint64_t start, uint64_t index, uint64_t rate)
{
    return start + index / rate * NANOSECONDS_PER_SECOND +
           index % rate * NANOSECONDS_PER_SECOND / rate;
}

#endif
