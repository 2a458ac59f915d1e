// Memory: streams over 8 MiB, copies, and a pointer chase in random order
// through 4 MiB, each load depending on the one before.
#include <string.h>
#include "bench.h"

enum { STREAM_WORDS = 1 << 20, CHASE_NODES = 1 << 16 };

struct node {
    struct node *next;
    uint64_t value;
    uint64_t unused[6]; // a cache line each
};

static uint64_t stream[STREAM_WORDS];
static struct node nodes[CHASE_NODES];
static uint32_t order[CHASE_NODES];

static void link_nodes(void)
{
    uint64_t x = 12345;
    for (uint32_t i = 0; i < CHASE_NODES; i++)
        order[i] = i;
    for (uint32_t i = CHASE_NODES - 1; i > 0; i--) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint32_t j = (uint32_t)(x >> 33) % (i + 1);
        uint32_t held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
    for (uint32_t i = 0; i < CHASE_NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % CHASE_NODES]];
        nodes[order[i]].value = i;
    }
}

int main(int argc, char **argv)
{
    uint64_t scale = bench_scale(argc, argv);
    uint64_t sum = 0;
    link_nodes();
    for (uint64_t pass = 0; pass < scale / 10 + 1; pass++) {
        for (uint32_t i = 0; i < STREAM_WORDS; i++)
            stream[i] = stream[i] * 3 + i + pass;
        memcpy(stream, stream + STREAM_WORDS / 2, sizeof stream / 2);
        for (uint32_t i = 0; i < STREAM_WORDS; i += 8)
            sum += stream[i];
    }
    struct node *here = &nodes[0];
    for (uint64_t i = 0; i < scale * 10000; i++) {
        sum += here->value;
        here = here->next;
    }
    printf("memory %016" PRIx64 "\n", sum);
    return 0;
}
