// Text: formats numbers, hashes them into a table with chains, looks them up
// again, and sorts what came out.
#include <string.h>
#include "bench.h"

enum { BUCKETS = 4096, WORDS = 8192, WORD_BYTES = 24 };

struct word {
    struct word *next;
    uint32_t count;
    char text[WORD_BYTES];
};

static struct word words[WORDS];
static struct word *buckets[BUCKETS];
static struct word *sorted[WORDS];
static uint32_t used;

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static void count(const char *text)
{
    struct word **bucket = &buckets[hash(text) % BUCKETS];
    for (struct word *word = *bucket; word != NULL; word = word->next)
        if (strcmp(word->text, text) == 0) {
            word->count++;
            return;
        }
    if (used == WORDS)
        return;
    struct word *word = &words[used++];
    strcpy(word->text, text);
    word->count = 1;
    word->next = *bucket;
    *bucket = word;
}

static int by_text(const void *left, const void *right)
{
    return strcmp((*(struct word *const *)left)->text, (*(struct word *const *)right)->text);
}

int main(int argc, char **argv)
{
    uint64_t rounds = bench_scale(argc, argv) * 1000;
    uint32_t x = 1;
    char text[WORD_BYTES];
    for (uint64_t round = 0; round < rounds; round++) {
        x = x * 1664525u + 1013904223u;
        snprintf(text, sizeof text, "%s-%u", x >> 31 ? "left" : "right", (x >> 16) % 5000);
        count(text);
    }
    for (uint32_t i = 0; i < used; i++)
        sorted[i] = &words[i];
    qsort(sorted, used, sizeof sorted[0], by_text);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < used; i++)
        sum = sum * 31 + hash(sorted[i]->text) + sorted[i]->count;
    printf("strings %u %08x\n", used, sum);
    return 0;
}
