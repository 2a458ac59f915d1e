// Fills 64 MiB with bytes that do not compress, then waits for a signal: what
// saving and restoring a machine is measured with.
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { WORDS = (64 << 20) / sizeof(uint64_t) };

static volatile uint64_t words[WORDS];

int main(void)
{
    uint64_t x = 88172645463325252u;
    for (uint32_t i = 0; i < WORDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        words[i] = x;
    }
    puts("touched");
    fflush(stdout);
    pause();
    return 0;
}
