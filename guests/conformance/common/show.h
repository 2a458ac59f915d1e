// Output helpers of the conformance programs. Everything printed must be the
// same on every correct machine: results and error names, never addresses,
// times, process numbers or the order in which threads happened to run.
#ifndef CONFORMANCE_SHOW_H
#define CONFORMANCE_SHOW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "open missing: ENOENT", or "read: 5" when the call succeeded.
static inline void show_call(const char *what, long result)
{
    if (result == -1)
        printf("%s: %s\n", what, strerrorname_np(errno));
    else
        printf("%s: %ld\n", what, result);
}

// For calls whose successful result (a descriptor, an address) may differ.
static inline void show_success(const char *what, bool success)
{
    printf("%s: %s\n", what, success ? "ok" : strerrorname_np(errno));
}

// For calls that return an error number instead of setting errno.
static inline void show_error(const char *what, int error)
{
    printf("%s: %s\n", what, error == 0 ? "ok" : strerrorname_np(error));
}

static inline void show_truth(const char *what, bool truth)
{
    printf("%s: %s\n", what, truth ? "yes" : "no");
}

// Stops a program whose own preparations fail.
static inline void need(bool condition, const char *what)
{
    if (!condition) {
        fflush(stdout);
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(EXIT_FAILURE);
    }
}

static inline uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// An address that the compiler knows nothing about, so that it neither warns of
// nor optimises away what the program does there.
static inline void *opaque(uintptr_t address)
{
    __asm__ volatile("" : "+r"(address));
    return (void *)address;
}

// A deterministic sequence that looks random.
static inline uint64_t scramble(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t value = *state;
    return (value ^ (value >> 33)) * UINT64_C(0xFF51AFD7ED558CCD) ^ (value >> 17);
}

// A running checksum of numbers, for results too many to print.
static inline void digest(uint64_t *sum, uint64_t value)
{
    *sum = (*sum ^ value) * UINT64_C(0x100000001B3);
    *sum ^= *sum >> 32;
}

#endif
