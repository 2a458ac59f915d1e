// Fills 16 MiB, then reads every sixteenth page of it over and over, in another order than that of their addresses.
#include "thread.h"

enum { PAGES = 4096, PAGE_WORDS = 512, HOT_EACH = 16, HOT_PAGES = PAGES / HOT_EACH, STRIDE = 97 };

static volatile unsigned long memory[PAGES][PAGE_WORDS] __attribute__((aligned(4096)));

void work(long number)
{
    (void)number;
}

void _start(void)
{
    unsigned long word = 1;
    for (long page = 0; page < PAGES; page++) {
        for (int place = 0; place < PAGE_WORDS; place++) {
            word = word * 6364136223846793005ul + 1442695040888963407ul;
            memory[page][place] = word;
        }
    }
    for (long hot = 0;; hot = (hot + STRIDE) % HOT_PAGES) {
        (void)memory[hot * HOT_EACH][0];
        spin(2000);
    }
}
