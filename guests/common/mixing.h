// Small deterministic generators and checksums: the same seed gives the same
// bytes on every machine, which is what makes results comparable.
#ifndef GUEST_MIXING_H
#define GUEST_MIXING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Spreads every input bit over all output bits (multiply and shift rounds).
static inline uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 31)) * UINT64_C(0xD6E8FEB86659FD93);
    value = (value ^ (value >> 29)) * UINT64_C(0xA0761D6478BD642F);
    return value ^ (value >> 32);
}

struct random_source {
    uint64_t state;
};

// A counter pushed through mix(): every state is visited once, any seed works.
static inline uint64_t next_random(struct random_source *source)
{
    source->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(source->state);
}

// A number in 0..bound-1 by the high half of a product; the bias of about
// bound / 2^64 does not matter for a workload.
static inline uint64_t next_below(struct random_source *source, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)next_random(source) * bound) >> 64);
}

// A checksum over whole 64-bit words that notices changed and moved words.
// `bytes` must be a multiple of eight.
static inline uint64_t checksum_words(const void *memory, size_t bytes)
{
    const unsigned char *position = memory;
    uint64_t sum = UINT64_C(0x243F6A8885A308D3);
    for (size_t offset = 0; offset < bytes; offset += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, position + offset, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x100000001B3);
        sum ^= sum >> 29;
    }
    return mix(sum);
}

#endif
