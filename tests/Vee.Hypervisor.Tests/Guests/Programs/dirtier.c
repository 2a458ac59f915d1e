// One thread counts for ever. The other one writes a new word into each 64 bytes of 8 MiB, page after page, for ever.
#include "thread.h"

enum { PAGES = 2048, PAGE_WORDS = 512, LINE_WORDS = 8 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile unsigned long memory[PAGES][PAGE_WORDS] __attribute__((aligned(4096)));

void work(long number)
{
    unsigned long word = number;
    for (long page = 0;; page = (page + 1) % PAGES) {
        for (int place = 0; place < PAGE_WORDS; place += LINE_WORDS) {
            word = word * 6364136223846793005ul + 1442695040888963407ul;
            memory[page][place] = word;
        }
    }
}

void _start(void)
{
    start_thread(stack, 1);
    for (;;) {
        spin(1000);
    }
}
