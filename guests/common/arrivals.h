// Bookkeeping of a numbered stream of datagrams, for the receivers.
#ifndef GUEST_ARRIVALS_H
#define GUEST_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { ARRIVAL_WINDOW = 1024 }; // how far back a late datagram is still recognised

struct arrivals {
    uint64_t received;   // different sequence numbers seen
    uint64_t duplicates; // seen again
    uint64_t reordered;  // came after a higher number
    uint64_t gaps;       // times the number jumped ahead by more than one
    uint64_t first, highest;
    uint64_t last_arrival, longest_silence; // nanoseconds
    bool seen[ARRIVAL_WINDOW];              // by sequence number modulo the window
};

static inline void note_arrival(struct arrivals *stream, uint64_t sequence, uint64_t now)
{
    bool begins = stream->received == 0;
    if (!begins && now - stream->last_arrival > stream->longest_silence)
        stream->longest_silence = now - stream->last_arrival;
    stream->last_arrival = now;

    if (begins) {
        stream->first = stream->highest = sequence;
    } else if (sequence > stream->highest) {
        uint64_t step = sequence - stream->highest;
        stream->gaps += step > 1;
        // The numbers jumped over have not been seen; nor has anything in the
        // window when the jump is longer than the window.
        for (uint64_t i = 1; i < step && i <= ARRIVAL_WINDOW; i++)
            stream->seen[(sequence - i) % ARRIVAL_WINDOW] = false;
        stream->highest = sequence;
    } else if (stream->highest - sequence >= ARRIVAL_WINDOW ||
               stream->seen[sequence % ARRIVAL_WINDOW]) {
        stream->duplicates++; // or too late to tell, which is as useless
        return;
    } else {
        stream->reordered++;
        if (sequence < stream->first)
            stream->first = sequence;
    }
    stream->seen[sequence % ARRIVAL_WINDOW] = true;
    stream->received++;
}

static inline uint64_t lost_datagrams(const struct arrivals *stream)
{
    return stream->received == 0 ? 0 : stream->highest - stream->first + 1 - stream->received;
}

static inline void print_arrivals(const struct arrivals *stream)
{
    printf("received %llu, lost %llu, reordered %llu, duplicates %llu, gaps %llu\n",
           (unsigned long long)stream->received, (unsigned long long)lost_datagrams(stream),
           (unsigned long long)stream->reordered, (unsigned long long)stream->duplicates,
           (unsigned long long)stream->gaps);
}

#endif
