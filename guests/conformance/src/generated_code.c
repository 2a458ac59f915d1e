// A program that writes instructions into memory, runs them, changes them and
// runs them again: what a just-in-time compiler does.
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/show.h"

enum { PAGE = 4096, RETURN = 0x00008067 };

typedef long function(long);

// addi a0, a0, n
static uint32_t add_immediate(int n)
{
    return 0x00050513 | (uint32_t)n << 20;
}

static void flush(void *start, size_t bytes)
{
    __builtin___clear_cache(start, (char *)start + bytes);
}

static void *run_elsewhere(void *code)
{
    return (void *)((function *)code)(1000);
}

int main(void)
{
    uint32_t *code = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(code != MAP_FAILED, "mmap");
    long sum = 0;
    for (int i = 0; i < 500; i++) {
        code[0] = add_immediate(i);
        code[1] = RETURN;
        flush(code, 8);
        sum += ((function *)code)(1);
    }
    printf("rewritten 500 times %ld\n", sum);

    // Across the border of two pages, then with only the second one changed.
    uint32_t *border = code + PAGE / 4 - 3;
    for (int i = 0; i < 6; i++)
        border[i] = add_immediate(1 << i);
    border[6] = RETURN;
    flush(border, 28);
    printf("over the border %ld\n", ((function *)border)(0));
    code[PAGE / 4] = add_immediate(0x700);
    flush(code + PAGE / 4, 4);
    printf("second page changed %ld\n", ((function *)border)(0));

    // A 32-bit instruction that starts in the last two bytes of a page.
    uint16_t *half = (uint16_t *)(code + 2 * PAGE / 4) - 1;
    uint32_t instruction = add_immediate(77);
    half[0] = (uint16_t)instruction;
    half[1] = (uint16_t)(instruction >> 16);
    half[2] = 0x8082; // the compressed return
    flush(half, 6);
    printf("split instruction %ld\n", ((function *)half)(1));
    half[1] = (uint16_t)(add_immediate(99) >> 16);
    flush(half, 6);
    printf("its second half changed %ld\n", ((function *)half)(1));

    // Code that changes itself: a store into the next instruction, then fence.i.
    uint32_t *self = code + 3 * PAGE / 4;
    self[0] = 0x00b52023; // sw a1, 0(a0)
    self[1] = 0x0000100f; // fence.i
    self[2] = add_immediate(1);
    self[3] = RETURN;
    flush(self, 16);
    long (*change)(void *, long) = (long (*)(void *, long))self;
    long first = change(&self[2], (long)add_immediate(5)) - (long)&self[2];
    long second = change(&self[2], (long)add_immediate(9)) - (long)&self[2];
    printf("self-changing %ld %ld\n", first, second);

    // Written first, made executable afterwards, run by another thread.
    uint32_t *late = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    late[0] = add_immediate(234);
    late[1] = RETURN;
    need(mprotect(late, PAGE, PROT_READ | PROT_EXEC) == 0, "mprotect");
    flush(late, 8);
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, run_elsewhere, late);
    pthread_join(thread, &result);
    printf("in a thread %ld\n", (long)result);
    need(mprotect(late, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect");
    late[0] = add_immediate(-234 & 0xFFF);
    need(mprotect(late, PAGE, PROT_READ | PROT_EXEC) == 0, "mprotect");
    flush(late, 8);
    printf("changed %ld\n", ((function *)late)(1000));

    // New code at the address of old code that was unmapped.
    munmap(late, PAGE);
    uint32_t *again = mmap(late, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    again[0] = add_immediate(11);
    again[1] = RETURN;
    flush(again, 8);
    printf("mapped anew %ld\n", ((function *)again)(1000));
    return 0;
}
