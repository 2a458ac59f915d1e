// Integer arithmetic with branches that depend on the data: multiplications,
// divisions, shifts, and a switch that no predictor learns.
#include "bench.h"

static uint64_t step(uint64_t x)
{
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

int main(int argc, char **argv)
{
    uint64_t rounds = bench_scale(argc, argv) * 40000;
    uint64_t x = 88172645463325252u;
    uint64_t sum = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        x = step(x);
        switch (x & 7) {
        case 0: sum += x * 6364136223846793005u; break;
        case 1: sum ^= x >> 11; break;
        case 2: sum += x % 1000003; break;
        case 3: sum -= (uint32_t)x * (uint64_t)(uint32_t)(x >> 32); break;
        case 4: sum = (sum << 7) | (sum >> 57); break;
        case 5: sum += x / ((sum & 0xffff) + 1); break;
        case 6: sum += (int64_t)x < 0 ? 3 : 5; break;
        default: sum ^= x; break;
        }
        for (uint64_t bits = x & 0xff; bits != 0; bits &= bits - 1)
            sum++;
    }
    printf("integer %016" PRIx64 "\n", sum);
    return 0;
}
