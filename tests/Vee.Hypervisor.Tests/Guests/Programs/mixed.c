// Writes all of a page of one array, then one word of a page of another one, which holds numbers, page after page of
// 12 MiB each, and so on. Sleeps for a millisecond after 32 of both.
#include "thread.h"

enum { PAGES = 3072, PAGE_WORDS = 512, PAGES_OF_TURN = 32 };

static volatile unsigned long stream[PAGES][PAGE_WORDS] __attribute__((aligned(4096)));
static volatile unsigned long table[PAGES][PAGE_WORDS] __attribute__((aligned(4096)));
static unsigned long word = 1;

static unsigned long next(void)
{
    word ^= word << 13;
    word ^= word >> 7;
    word ^= word << 17;
    return word;
}

void work(long number)
{
    (void)number;
}

void _start(void)
{
    for (long page = 0; page < PAGES; page++) {
        for (int place = 0; place < PAGE_WORDS; place++) {
            table[page][place] = next();
        }
    }
    for (long page = 0;; page = (page + 1) % PAGES) {
        for (int place = 0; place < PAGE_WORDS; place++) {
            stream[page][place] = next();
        }
        table[page][page % PAGE_WORDS]++;
        if (page % PAGES_OF_TURN == 0) {
            struct timespec time = {0, 1000000};
            call(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, 0, (long)&time, 0);
        }
    }
}
