// System calls that are given addresses which are not theirs: EFAULT, and no
// harm done.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

enum { PAGE = 4096 };

// Directly, because the library would use some pointers itself.
#define CALL(name, ...) show_call(#name, syscall(SYS_##name, __VA_ARGS__))

int main(void)
{
    unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(pages != MAP_FAILED && mprotect(pages + PAGE, PAGE, PROT_NONE) == 0 &&
             mprotect(pages + 2 * PAGE, PAGE, PROT_READ) == 0,
         "mmap");
    void *none = pages + PAGE, *read_only = pages + 2 * PAGE, *low = (void *)8;
    void *high = (void *)0xFFFFFFFFFFFFF000, *kernel = (void *)0x8000000000000000;
    int ends[2], sockets[2];
    need(pipe2(ends, O_NONBLOCK) == 0, "pipe2");
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0, "socketpair");
    int epoll = epoll_create1(0);

    void *bad[] = { none, low, high, kernel };
    for (int i = 0; i < 4; i++) {
        printf("address %d\n", i);
        CALL(write, ends[1], bad[i], 10);
        need(write(ends[1], "0123456789", 10) == 10, "write");
        CALL(read, ends[0], bad[i], 10);
        printf("still there %ld\n", (long)read(ends[0], pages, 100));
        CALL(openat, AT_FDCWD, bad[i], O_RDONLY, 0);
        CALL(newfstatat, AT_FDCWD, bad[i], pages, 0);
        CALL(newfstatat, AT_FDCWD, ".", bad[i], 0);
        CALL(fstat, 0, bad[i]);
        CALL(getcwd, bad[i], 100);
        CALL(pipe2, bad[i], 0);
        CALL(uname, bad[i]);
        CALL(clock_gettime, CLOCK_MONOTONIC, bad[i]);
        CALL(gettimeofday, bad[i], NULL);
        CALL(getrandom, bad[i], 16, 0);
        CALL(rt_sigprocmask, SIG_BLOCK, bad[i], NULL, 8);
        CALL(rt_sigaction, SIGUSR1, bad[i], NULL, 8);
        CALL(ppoll, bad[i], 1, NULL, NULL, 8);
        CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], bad[i]);
        CALL(writev, ends[1], bad[i], 2);
        CALL(bind, sockets[0], bad[i], 16);
        CALL(getsockname, sockets[0], bad[i], bad[i]);
        CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, bad[i]);
        CALL(sendto, sockets[0], bad[i], 4, MSG_NOSIGNAL, NULL, 0);
        CALL(getrlimit, RLIMIT_STACK, bad[i]);
        CALL(getrusage, RUSAGE_SELF, bad[i]);
        CALL(readlinkat, AT_FDCWD, bad[i], pages, 10);
        CALL(chdir, bad[i]);
        CALL(mkdirat, AT_FDCWD, bad[i], 0700);
        CALL(futex, bad[i], 128, 0, NULL, NULL, 0); // wait, private
        CALL(sched_getaffinity, 0, 128, bad[i]);
    }
    printf("read-only memory\n");
    CALL(write, ends[1], read_only, 3);
    CALL(read, ends[0], read_only, 3);
    CALL(uname, read_only);
    CALL(clock_gettime, CLOCK_REALTIME, read_only);
    CALL(getrandom, read_only, 3, 0);
    while (read(ends[0], pages, 100) > 0)
        ;

    printf("at a border\n");
    memset(pages, 'b', PAGE);
    CALL(openat, AT_FDCWD, pages + PAGE - 4, O_RDONLY, 0); // a name without an end
    memcpy(pages + PAGE - 5, "name", 5);
    CALL(openat, AT_FDCWD, pages + PAGE - 5, O_RDONLY, 0);
    struct iovec parts[2] = { { none, 4 }, { "good", 4 } };
    show_call("first part is bad", writev(ends[1], parts, 2));
    parts[0] = (struct iovec){ none, 0 };
    show_call("empty part may be anywhere", writev(ends[1], parts, 2));
    while (read(ends[0], pages, 100) > 0)
        ;
    show_call("nothing to write from nowhere", syscall(SYS_write, ends[1], none, 0));
    show_call("nothing to read to nowhere", syscall(SYS_read, ends[0], none, 0));
    return 0;
}
