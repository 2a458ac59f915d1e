// Resource limits and accounting, and running out of descriptors.
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

int main(void)
{
    struct rlimit limit, again;
    show_call("getrlimit stack", getrlimit(RLIMIT_STACK, &limit));
    show_truth("soft is not above hard", limit.rlim_cur <= limit.rlim_max);
    show_truth("at least a megabyte", limit.rlim_cur >= 1 << 20);
    show_call("getrlimit unknown", getrlimit(99, &limit));
    show_call("getrlimit files", getrlimit(RLIMIT_NOFILE, &limit));
    show_truth("at least 64 files", limit.rlim_cur >= 64);

    struct rlimit few = { 32, limit.rlim_max };
    show_call("setrlimit files", setrlimit(RLIMIT_NOFILE, &few));
    show_call("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &again));
    show_truth("told back", again.rlim_cur == 32 && again.rlim_max == limit.rlim_max);
    struct rlimit wrong = { 64, 32 };
    show_call("soft above hard", setrlimit(RLIMIT_NOFILE, &wrong));
    printf("sysconf %ld\n", sysconf(_SC_OPEN_MAX));

    int handles[64], count = 0;
    while (count < 64 && (handles[count] = dup(STDOUT_FILENO)) >= 0)
        count++;
    show_call("dup", handles[count]);
    show_truth("highest number is 31", count > 0 && handles[count - 1] == 31);
    int ends[2];
    show_call("pipe", pipe(ends));
    show_call("open", open(".", O_RDONLY));
    show_call("dup2 beyond", dup2(STDOUT_FILENO, 32));
    show_call("dup2 far beyond", dup2(STDOUT_FILENO, 1000));
    show_call("F_DUPFD beyond", fcntl(STDOUT_FILENO, F_DUPFD, 32));
    close(handles[count - 1]);
    show_call("pipe needs two", pipe(ends));
    show_success("open needs one", (handles[count - 1] = open(".", O_RDONLY)) == 31);
    while (count > 0)
        close(handles[--count]);
    show_success("pipe again", pipe(ends) == 0);
    show_call("limit back", setrlimit(RLIMIT_NOFILE, &limit));
    show_success("beyond the old limit", dup2(STDOUT_FILENO, 40) == 40);

    struct rusage usage;
    show_call("getrusage", getrusage(RUSAGE_SELF, &usage));
    show_truth("some memory", usage.ru_maxrss > 0);
    show_call("getrusage thread", getrusage(RUSAGE_THREAD, &usage));
    show_call("getrusage children", getrusage(RUSAGE_CHILDREN, &usage));
    show_call("getrusage unknown", getrusage(99, &usage));
    struct tms times_now;
    show_truth("times", times(&times_now) != (clock_t)-1);
    show_truth("clock", clock() >= 0);
    struct sysinfo information;
    show_call("sysinfo", sysinfo(&information));
    show_truth("memory, and no more free than there is",
               information.totalram > 0 && information.freeram <= information.totalram &&
                   information.mem_unit > 0);
    cpu_set_t processors;
    show_truth("sched_getaffinity", sched_getaffinity(0, sizeof processors, &processors) == 0 &&
                                        CPU_COUNT(&processors) >= 1);
    show_truth("processors online", sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    printf("clock ticks %ld\n", sysconf(_SC_CLK_TCK));
    show_call("sched_yield", sched_yield());
    show_call("priority", getpriority(PRIO_PROCESS, 0));
    return 0;
}
