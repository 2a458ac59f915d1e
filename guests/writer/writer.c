// writer: a workload that dirties memory in a chosen pattern at a chosen rate.
// It is what a live migration has to keep up with, so it prints a checksum of
// everything it wrote: for a given --rounds the checksum never changes.
#include <stdio.h>
#include <sys/mman.h>

#include "../common/arguments.h"
#include "../common/clock.h"
#include "../common/mixing.h"
#include "../common/stop.h"

enum { PAGE = 4096, RECORD = 256 };

struct workload {
    unsigned char *memory;
    uint64_t pages;
    uint64_t seed;
    uint64_t round; // counts from 0
    uint64_t bytes; // scattered-bytes: how many of a page change
    struct random_source random;
    uint64_t hole; // moving-records: the slot that holds no record now
};

// A pattern writes "one page's worth" per call; a round is one call per page
// of the working set. `page` runs from 0 to pages-1 in every round.
typedef void write_step(struct workload *work, uint64_t page);

static uint64_t load_word(const unsigned char *place)
{
    uint64_t word;
    memcpy(&word, place, sizeof word);
    return word;
}

static void store_word(unsigned char *place, uint64_t word)
{
    memcpy(place, &word, sizeof word);
}

// One counter at the start of each page: few bytes change, all pages get dirty.
static void step_counters(struct workload *work, uint64_t page)
{
    unsigned char *place = work->memory + page * PAGE;
    store_word(place, load_word(place) + 1);
}

// One random word anywhere: pages get dirty in no order, some several times.
static void step_random_words(struct workload *work, uint64_t page)
{
    (void)page;
    uint64_t words = work->pages * (PAGE / sizeof(uint64_t));
    uint64_t index = next_below(&work->random, words);
    store_word(work->memory + index * sizeof(uint64_t), next_random(&work->random));
}

// Every byte of the page changes: the worst case for sending differences.
static void step_whole_pages(struct workload *work, uint64_t page)
{
    struct random_source source = { mix(work->seed ^ mix(work->round * work->pages + page)) };
    unsigned char *place = work->memory + page * PAGE;
    for (unsigned offset = 0; offset < PAGE; offset += sizeof(uint64_t))
        store_word(place + offset, next_random(&source));
}

// Records keep their content but change their place: each move takes a random
// record into the free slot, and its old slot becomes the free one.
static void step_moving_records(struct workload *work, uint64_t page)
{
    (void)page;
    uint64_t slots = work->pages * (PAGE / RECORD);
    uint64_t chosen = next_below(&work->random, slots);
    if (chosen == work->hole)
        return;
    unsigned char *from = work->memory + chosen * RECORD;
    memcpy(work->memory + work->hole * RECORD, from, RECORD);
    memset(from, 0, RECORD);
    work->hole = chosen;
}

// So many bytes change, one in each equal part of the page, at a random place of
// it: how dense a difference is, and nothing else, is chosen.
static void step_scattered_bytes(struct workload *work, uint64_t page)
{
    // Cheaper than next_random(): up to a page of them is drawn for each write.
    uint64_t draw = mix(work->seed ^ mix(work->round * work->pages + page));
    unsigned char *place = work->memory + page * PAGE;
    uint64_t part = PAGE / work->bytes;
    for (uint64_t offset = 0; offset + part <= PAGE; offset += part) {
        draw = draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        place[offset + (((draw >> 32) * part) >> 32)] ^= (unsigned char)(draw >> 24) | 1;
    }
}

// Small numbers in large words, as programs have them: half of a page is zeros.
static void prepare_numbers(struct workload *work)
{
    for (uint64_t offset = 0; offset < work->pages * PAGE; offset += sizeof(uint64_t))
        store_word(work->memory + offset, mix(work->seed + offset) >> 32);
}

// Gives every slot but slot 0 a record with distinct content.
static void prepare_records(struct workload *work)
{
    for (uint64_t slot = 1; slot < work->pages * (PAGE / RECORD); slot++)
        for (unsigned offset = 0; offset < RECORD; offset += sizeof(uint64_t))
            store_word(work->memory + slot * RECORD + offset,
                       mix(work->seed + slot * RECORD + offset));
}

static const struct {
    const char *name;
    write_step *step;
    void (*prepare)(struct workload *work);
} patterns[] = {
    { "counters", step_counters, NULL },
    { "random-words", step_random_words, NULL },
    { "whole-pages", step_whole_pages, NULL },
    { "moving-records", step_moving_records, prepare_records },
    { "scattered-bytes", step_scattered_bytes, prepare_numbers },
};

int main(int argc, char **argv)
{
    uint64_t bytes = UINT64_C(16) << 20, rate = 0, seed = 1, rounds = 100, seconds = 0;
    uint64_t changed = 64;
    const char *pattern = "counters";
    struct argument options[] = {
        { "memory", ARGUMENT_SIZE, &bytes, PAGE, UINT64_C(64) << 30, "SIZE",
          "working set, rounded up to 4 KiB pages (16M)", false },
        { "rate", ARGUMENT_NUMBER, &rate, 0, 1000000000, "N",
          "pages written per second, 0 = flat out (0)", false },
        { "pattern", ARGUMENT_TEXT, &pattern, 0, 0, "NAME",
          "counters, random-words, whole-pages, moving-records, scattered-bytes", false },
        { "seed", ARGUMENT_NUMBER, &seed, 0, UINT64_MAX, "N", "start of the generator (1)",
          false },
        { "rounds", ARGUMENT_NUMBER, &rounds, 1, UINT64_MAX, "N",
          "rounds of one write per page (100)", false },
        { "seconds", ARGUMENT_NUMBER, &seconds, 1, 1000000000, "S",
          "run for a time instead of --rounds", false },
        { "bytes", ARGUMENT_NUMBER, &changed, 1, PAGE, "N",
          "scattered-bytes: bytes of a page that a write changes (64)", false },
    };
    struct argument_list list = { "writer", "Dirties memory and prints its checksum.", options,
                                  sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    if (options[4].given && options[5].given)
        usage_error(&list, "--rounds and --seconds exclude each other");
    size_t chosen = 0, known = sizeof patterns / sizeof patterns[0];
    while (chosen < known && strcmp(patterns[chosen].name, pattern) != 0)
        chosen++;
    if (chosen == known)
        usage_error(&list, "--pattern: '%s' is not known", pattern);

    stop_on_signals();
    struct workload work = { .pages = (bytes + PAGE - 1) / PAGE, .seed = seed,
                             .bytes = changed,
                             .random = { mix(seed) } };
    work.memory = mmap(NULL, work.pages * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (work.memory == MAP_FAILED)
        system_failure("mmap");
    if (patterns[chosen].prepare)
        patterns[chosen].prepare(&work);

    // The clock is looked at only every `batch` writes: asking before each
    // write would make the clock the workload.
    uint64_t batch = rate == 0 ? 256 : rate < 100 ? 1 : rate / 100;
    uint64_t start = monotonic_now(), written = 0;
    uint64_t end = seconds ? start + seconds * NANOSECONDS_PER_SECOND : UINT64_MAX;
    bool running = true;
    while (running && (seconds || work.round < rounds)) {
        for (uint64_t page = 0; page < work.pages && running; page++) {
            patterns[chosen].step(&work, page);
            if (++written % batch != 0)
                continue;
            if (rate)
                sleep_until(due_time(start, written, rate));
            running = !stop_requested() && (!seconds || monotonic_now() < end);
        }
        work.round += running;
    }

    printf("pattern %s, pages %llu, rounds %llu, writes %llu\n", pattern,
           (unsigned long long)work.pages, (unsigned long long)work.round,
           (unsigned long long)written);
    printf("checksum %016llx\n",
           (unsigned long long)checksum_words(work.memory, work.pages * PAGE));
    return EXIT_SUCCESS;
}
