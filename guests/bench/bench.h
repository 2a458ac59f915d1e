// What the benchmark programs share: how much work to do.
#ifndef BENCH_H
#define BENCH_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The first argument, 1..1000: 100 is the measured amount of work.
static inline uint64_t bench_scale(int argc, char **argv)
{
    if (argc < 2)
        return 100;
    char *end;
    unsigned long scale = strtoul(argv[1], &end, 10);
    if (*end != '\0' || scale < 1 || scale > 1000) {
        fprintf(stderr, "usage: %s [1..1000]\n", argv[0]);
        exit(2);
    }
    return scale;
}

#endif
