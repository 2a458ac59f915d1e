// One page of a file under two addresses: a store through one mapping is seen
// through the other at once, and code written through one runs from the other.
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/show.h"

typedef long function(long);

enum { PAGE = 4096 };

int main(void)
{
    int handle = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(handle >= 0 && ftruncate(handle, PAGE) == 0, "ftruncate");
    char *first = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    char *second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, handle, 0);
    need(first != MAP_FAILED && second != MAP_FAILED, "mmap");
    memcpy(first, "written", 8);
    printf("other mapping says '%s'\n", second);

    int memory = memfd_create("code", 0);
    need(memory >= 0 && ftruncate(memory, PAGE) == 0, "memfd");
    uint32_t *writable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    uint32_t *runnable = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, memory, 0);
    need(writable != MAP_FAILED && runnable != MAP_FAILED, "mmap");
    writable[0] = 0x01550513; // addi a0, a0, 21
    writable[1] = 0x00008067; // ret
    __builtin___clear_cache((char *)runnable, (char *)runnable + 8);
    printf("code under two addresses %ld\n", ((function *)runnable)(1));
    return 0;
}
