// qsort, bsearch and the search trees and hash tables of the C library.
#include <search.h>

#include "../common/show.h"

static int compare_numbers(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static int compare_backwards(const void *left, const void *right, void *calls)
{
    ++*(uint64_t *)calls;
    return compare_numbers(right, left);
}

static int compare_words(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

struct odd {
    char bytes[13]; // a size that is no power of two
};

static int compare_odd(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct odd));
}

static uint64_t visited;

static void visit(const void *node, VISIT order, int depth)
{
    (void)depth;
    if (order == postorder || order == leaf)
        digest(&visited, **(uint64_t *const *)node);
}

int main(void)
{
    enum { COUNT = 20000 };
    static uint64_t numbers[COUNT];
    uint64_t state = 5, sum = 0, calls = 0;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = scramble(&state) % 30011;
    qsort(numbers, COUNT, sizeof numbers[0], compare_numbers);
    bool sorted = true;
    for (int i = 0; i < COUNT; i++) {
        sorted &= i == 0 || numbers[i - 1] <= numbers[i];
        digest(&sum, numbers[i]);
    }
    printf("sorted %d, digest %016llx\n", sorted, (unsigned long long)sum);

    int found = 0;
    for (uint64_t key = 0; key < 30011; key++)
        found += bsearch(&key, numbers, COUNT, sizeof numbers[0], compare_numbers) != NULL;
    printf("found %d\n", found);

    qsort_r(numbers, COUNT, sizeof numbers[0], compare_backwards, &calls);
    sorted = true;
    for (int i = 1; i < COUNT; i++)
        sorted &= numbers[i - 1] >= numbers[i];
    printf("backwards %d, compared %d\n", sorted, calls > COUNT);

    const char *words[] = { "pear", "apple", "fig", "banana", "cherry", "Apple", "" };
    qsort(words, sizeof words / sizeof words[0], sizeof words[0], compare_words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        printf("'%s' ", words[i]);
    printf("\n");

    static struct odd odds[999];
    for (int i = 0; i < 999; i++)
        for (int k = 0; k < 13; k++)
            odds[i].bytes[k] = (char)scramble(&state);
    qsort(odds, 999, sizeof odds[0], compare_odd);
    sorted = true;
    for (int i = 1; i < 999; i++)
        sorted &= compare_odd(&odds[i - 1], &odds[i]) <= 0;
    printf("odd sizes %d\n", sorted);

    void *root = NULL;
    static uint64_t keys[2000];
    for (int i = 0; i < 2000; i++) {
        keys[i] = (uint64_t)i * 7919 % 2003;
        tsearch(&keys[i], &root, compare_numbers);
    }
    for (int i = 0; i < 2000; i += 3)
        tdelete(&keys[i], &root, compare_numbers);
    twalk(root, visit);
    printf("tree digest %016llx\n", (unsigned long long)visited);

    static char names[500][12];
    need(hcreate(600), "hcreate");
    for (int i = 0; i < 500; i++) {
        snprintf(names[i], sizeof names[i], "name%d", i);
        need(hsearch((ENTRY){ names[i], (void *)(uintptr_t)(i + 1) }, ENTER) != NULL, "hsearch");
    }
    uintptr_t total = 0;
    for (int i = 0; i < 500; i++)
        total += (uintptr_t)hsearch((ENTRY){ names[i], NULL }, FIND)->data;
    printf("hash total %lu, missing %d\n", (unsigned long)total,
           hsearch((ENTRY){ "nobody", NULL }, FIND) == NULL);
    hdestroy();

    srand(42);
    int first = rand(), second = rand();
    printf("rand %d %d\n", first, second);
    srandom(42);
    long earlier = random(), later = random();
    printf("random %ld %ld\n", earlier, later);
    srand48(42);
    double fraction = drand48();
    printf("drand48 %a %ld\n", fraction, lrand48());
    return 0;
}
