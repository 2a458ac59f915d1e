// Calls: the Fibonacci numbers by their definition.
#include "bench.h"

__attribute__((noinline)) static uint64_t fibonacci(uint64_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int main(int argc, char **argv)
{
    uint64_t rounds = bench_scale(argc, argv) / 10 + 1;
    uint64_t sum = 0;
    for (uint64_t round = 0; round < rounds; round++)
        sum += fibonacci(25 + (round & 1));
    printf("recursion %" PRIu64 "\n", sum);
    return 0;
}
