// The address space: mapping, protecting, unmapping, moving and resizing, also
// across the borders of earlier mappings.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/show.h"

enum { PAGE = 4096 };

static sigjmp_buf way_out;

static void on_fault(int number)
{
    siglongjmp(way_out, number);
}

// "rw", "r-", or "--": what the program may do with a page, by trying it.
static const char *rights(volatile unsigned char *place)
{
    volatile int readable = 0;
    if (sigsetjmp(way_out, 1) != 0)
        return readable ? "r-" : "--";
    unsigned char value = *place;
    readable = 1;
    *place = value;
    return "rw";
}

static void show_rights(const char *what, unsigned char *start, int pages)
{
    printf("%s:", what);
    for (int i = 0; i < pages; i++)
        printf(" %s", rights(start + i * PAGE));
    printf("\n");
}

static unsigned char *map(size_t pages)
{
    unsigned char *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(start != MAP_FAILED, "mmap");
    return start;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_fault };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);

    unsigned char *area = map(8);
    bool zero = true;
    for (int i = 0; i < 8 * PAGE; i++)
        zero &= area[i] == 0;
    show_truth("new memory is zero", zero);
    show_rights("new", area, 8);
    show_call("mprotect middle", mprotect(area + 2 * PAGE, 2 * PAGE, PROT_READ));
    show_call("mprotect one", mprotect(area + 5 * PAGE, PAGE, PROT_NONE));
    show_rights("protected", area, 8);
    show_call("munmap one", munmap(area + 3 * PAGE, PAGE));
    show_call("munmap hole", munmap(area + 3 * PAGE, PAGE));
    show_rights("with a hole", area, 8);
    show_call("mprotect over a hole", mprotect(area, 8 * PAGE, PROT_READ | PROT_WRITE));
    show_success("fill the hole", mmap(area + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
                                      area + 3 * PAGE);
    show_call("mprotect all", mprotect(area, 8 * PAGE, PROT_READ | PROT_WRITE));
    show_rights("all again", area, 8);
    memset(area, 7, 8 * PAGE);
    show_success("map over", mmap(area + PAGE, PAGE, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == area + PAGE);
    printf("neighbours %d %d %d\n", area[0], area[PAGE], area[2 * PAGE]);
    show_call("MADV_DONTNEED", madvise(area + 4 * PAGE, 2 * PAGE, MADV_DONTNEED));
    printf("dropped %d %d %d %d\n", area[4 * PAGE - 1], area[4 * PAGE], area[6 * PAGE - 1],
           area[6 * PAGE]);
    show_call("MADV_WILLNEED", madvise(area, PAGE, MADV_WILLNEED));
    show_call("madvise unaligned", madvise(area + 1, PAGE, MADV_DONTNEED));

    show_call("mprotect unaligned", mprotect(area + 1, PAGE, PROT_READ));
    show_call("mprotect not mapped", mprotect((void *)0x1000, PAGE, PROT_READ));
    show_call("munmap unaligned", munmap(area + 1, PAGE));
    show_call("munmap nothing", munmap(area, 0));
    show_success("mmap nothing", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                                     MAP_FAILED);
    show_success("mmap neither shared nor private",
                 mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    show_success("mmap fixed unaligned",
                 mmap(area + 5, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
                     MAP_FAILED);
    show_success("mmap bad file", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0) != MAP_FAILED);
    show_call("munmap part of a page", munmap(area + 6 * PAGE, PAGE + 1));
    show_rights("two pages gone", area, 8);
    munmap(area, 8 * PAGE);

    area = map(4);
    memcpy(area + 3 * PAGE, "end", 4);
    unsigned char *grown = mremap(area, 4 * PAGE, 4096 * PAGE, MREMAP_MAYMOVE);
    need(grown != MAP_FAILED, "mremap");
    printf("grown '%s', zero %d\n", grown + 3 * PAGE, grown[4095 * PAGE] == 0);
    memcpy(grown + PAGE, "kept", 5);
    unsigned char *shrunk = mremap(grown, 4096 * PAGE, 2 * PAGE, 0);
    printf("shrunk in place %d, '%s'\n", shrunk == grown, shrunk + PAGE);
    show_rights("shrunk", shrunk, 3);
    unsigned char *target = map(4);
    show_success("move to", mremap(shrunk, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                                   target + PAGE) == target + PAGE);
    printf("moved '%s'\n", target + 2 * PAGE);
    show_rights("old place", shrunk, 2);
    show_success("mremap unaligned", mremap(target + 1, PAGE, PAGE, 0) != MAP_FAILED);
    // Between two mappings there is no room to grow in place.
    show_success("no room", mremap(target, PAGE, 2 * PAGE, 0) != MAP_FAILED);
    munmap(target, 4 * PAGE);

    unsigned char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                                 -1, 0);
    need(shared != MAP_FAILED, "mmap shared");
    show_rights("shared", shared, 1);
    munmap(shared, PAGE);

    // A large reservation costs nothing until it is touched.
    size_t huge = (size_t)16 << 30;
    unsigned char *reserved = mmap(NULL, huge, PROT_NONE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    show_success("16 GiB reserved", reserved != MAP_FAILED);
    if (reserved != MAP_FAILED) {
        show_call("use a page of it", mprotect(reserved + huge / 2, PAGE, PROT_READ | PROT_WRITE));
        reserved[huge / 2 + 9] = 1;
        printf("used %d\n", reserved[huge / 2 + 9]);
        show_rights("around it", reserved + huge / 2 - PAGE, 3);
        show_call("munmap", munmap(reserved, huge));
    }

    unsigned char *before = sbrk(0);
    need(sbrk(3 * PAGE) == before, "sbrk");
    memset(before, 1, 3 * PAGE);
    show_truth("break moved up", (unsigned char *)sbrk(0) == before + 3 * PAGE);
    need(sbrk(-3 * PAGE) != (void *)-1, "sbrk");
    need(sbrk(PAGE) == before, "sbrk");
    show_truth("given back and zero again", before[0] == 0 && before[PAGE - 1] == 0);
    sbrk(-PAGE);

    int memory = memfd_create("conformance", MFD_CLOEXEC);
    show_success("memfd_create", memory >= 0);
    need(ftruncate(memory, 2 * PAGE) == 0, "ftruncate");
    unsigned char *one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, PAGE);
    need(one != MAP_FAILED, "mmap memfd");
    memcpy(one + 10, "shared", 7);
    char text[8] = "";
    need(pread(memory, text, 7, PAGE + 10) == 7, "pread");
    printf("file says '%s'\n", text);
    unsigned char *two = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, memory, 0);
    unsigned char *beyond = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, memory, 0);
    need(two != MAP_FAILED && beyond != MAP_FAILED, "mmap memfd");
    int fault = sigsetjmp(way_out, 1);
    if (fault == 0)
        *(volatile unsigned char *)(beyond + 3 * PAGE) = 1;
    show_truth("beyond the end of the file is SIGBUS", fault == SIGBUS);
    close(memory);

    show_call("mlock", mlock(one, PAGE));
    show_call("munlock", munlock(one, PAGE));
    unsigned char resident[2] = { 9, 9 };
    show_truth("touched", *(volatile unsigned char *)two == 0);
    show_call("mincore", mincore(two, 2 * PAGE, resident));
    printf("resident %d\n", resident[1] & 1);
    show_call("mincore not mapped", mincore((void *)0x10000000, PAGE, resident));
    printf("page size %ld\n", sysconf(_SC_PAGESIZE));
    return 0;
}
