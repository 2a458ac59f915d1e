// System calls: short ones, and bytes through a pipe.
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench.h"

int main(int argc, char **argv)
{
    uint64_t rounds = bench_scale(argc, argv) * 500;
    int ends[2];
    char bytes[512];
    uint64_t sum = 0;
    if (pipe(ends) != 0) {
        perror("pipe");
        return 1;
    }
    memset(bytes, 'x', sizeof bytes);
    for (uint64_t round = 0; round < rounds; round++) {
        sum += syscall(SYS_getppid) > 0;
        sum += (uint64_t)write(ends[1], bytes, sizeof bytes);
        sum += (uint64_t)read(ends[0], bytes, sizeof bytes);
        sum += (uint64_t)syscall(SYS_fcntl, ends[0], F_GETFD);
    }
    printf("calls %" PRIu64 "\n", sum);
    return 0;
}
