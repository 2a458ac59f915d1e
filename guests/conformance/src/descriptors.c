// Pipes, poll, select, epoll, eventfd, timerfd and signalfd between threads.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"

enum { BULK = 1 << 20 };

static void *feed(void *argument)
{
    int handle = *(int *)argument;
    static unsigned char bytes[BULK];
    for (int i = 0; i < BULK; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    for (int sent = 0; sent < BULK;) {
        ssize_t part = write(handle, bytes + sent, BULK - (size_t)sent);
        need(part > 0, "write");
        sent += (int)part;
    }
    close(handle);
    return NULL;
}

static void test_pipe(void)
{
    int ends[2];
    char text[64];
    show_call("pipe2", pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    show_call("read empty", read(ends[0], text, sizeof text));
    show_call("write", write(ends[1], "hello pipe", 10));
    int available = 0;
    show_call("FIONREAD", ioctl(ends[0], FIONREAD, &available));
    printf("available %d\n", available);
    show_call("read part", read(ends[0], text, 5));
    show_call("read rest", read(ends[0], text, sizeof text));
    show_call("lseek", lseek(ends[0], 0, SEEK_CUR));
    show_call("write to the read end", write(ends[0], "x", 1));
    show_call("flags", fcntl(ends[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE));
    show_call("close on exec", fcntl(ends[1], F_GETFD));
    long filled = 0, got;
    static char block[4096];
    while ((got = write(ends[1], block, sizeof block)) > 0)
        filled += got;
    show_call("full", got);
    printf("capacity %ld\n", filled);
    struct pollfd polled[2] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 } };
    show_call("poll full", poll(polled, 2, 0));
    printf("readable %d, writable %d\n", polled[0].revents == POLLIN, polled[1].revents);
    close(ends[1]);
    while (read(ends[0], block, sizeof block) > 0)
        ;
    show_call("end of data", read(ends[0], text, 1));
    polled[0].revents = 0;
    show_call("poll hung up", poll(polled, 1, 0));
    printf("hung up %d\n", polled[0].revents == POLLHUP);
    close(ends[0]);
    show_call("read closed", read(ends[0], text, 1));
    polled[0].fd = ends[0];
    show_call("poll closed", poll(polled, 1, 0));
    printf("invalid %d\n", polled[0].revents == POLLNVAL);
    polled[0].fd = -1;
    show_call("poll nothing", poll(polled, 1, 1));

    signal(SIGPIPE, SIG_IGN);
    show_call("pipe", pipe(ends));
    close(ends[0]);
    show_call("write without reader", write(ends[1], "x", 1));
    polled[0] = (struct pollfd){ ends[1], POLLOUT, 0 };
    show_call("poll broken", poll(polled, 1, 0));
    printf("error %d\n", (polled[0].revents & POLLERR) != 0);
    close(ends[1]);

    // Far more than a pipe holds, so that both sides have to wait.
    need(pipe(ends) == 0, "pipe");
    pthread_t feeding;
    pthread_create(&feeding, NULL, feed, &ends[1]);
    uint64_t sum = 0, total = 0;
    while ((got = read(ends[0], block, sizeof block)) > 0)
        for (long i = 0; i < got; i++, total++)
            digest(&sum, (unsigned char)block[i]);
    pthread_join(feeding, NULL);
    printf("bulk %llu, digest %016llx\n", (unsigned long long)total, (unsigned long long)sum);
    close(ends[0]);

    need(pipe(ends) == 0, "pipe");
    struct iovec parts[3] = { { "one", 3 }, { "", 0 }, { "two!", 4 } };
    show_call("writev", writev(ends[1], parts, 3));
    char a[2], b[10];
    struct iovec into[2] = { { a, 2 }, { b, 10 } };
    show_call("readv", readv(ends[0], into, 2));
    printf("'%.2s' '%.5s'\n", a, b);
    show_call("writev bad count", writev(ends[1], parts, -1));
    close(ends[0]);
    close(ends[1]);
}

static void *write_later(void *argument)
{
    usleep(40000);
    uint64_t one = 1;
    need(write(*(int *)argument, &one, sizeof one) == sizeof one, "write");
    return NULL;
}

static void test_eventfd(void)
{
    int handle = eventfd(3, EFD_NONBLOCK);
    uint64_t value = 4;
    show_call("eventfd write", write(handle, &value, sizeof value));
    show_call("eventfd read", read(handle, &value, sizeof value));
    printf("value %llu\n", (unsigned long long)value);
    show_call("eventfd empty", read(handle, &value, sizeof value));
    show_call("eventfd short", read(handle, &value, 4));
    value = UINT64_MAX;
    show_call("eventfd too much", write(handle, &value, sizeof value));
    value = UINT64_MAX - 1;
    show_call("eventfd most", write(handle, &value, sizeof value));
    value = 1;
    show_call("eventfd full", write(handle, &value, sizeof value));
    close(handle);
    handle = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    for (int i = 0; i < 3; i++) {
        show_call("semaphore", read(handle, &value, sizeof value));
    }
    printf("value %llu\n", (unsigned long long)value);
    close(handle);

    handle = eventfd(0, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, write_later, &handle);
    show_call("eventfd waits", read(handle, &value, sizeof value));
    pthread_join(thread, NULL);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(handle, &readable);
    struct timeval limit = { 0, 10000 };
    show_call("select times out", select(handle + 1, &readable, NULL, NULL, &limit));
    pthread_create(&thread, NULL, write_later, &handle);
    FD_SET(handle, &readable);
    show_call("select waits", select(handle + 1, &readable, NULL, NULL, NULL));
    printf("set %d\n", FD_ISSET(handle, &readable));
    pthread_join(thread, NULL);
    close(handle);
}

static void test_epoll(void)
{
    int watching = epoll_create1(EPOLL_CLOEXEC), ends[2], other = eventfd(0, EFD_NONBLOCK);
    need(watching >= 0 && pipe2(ends, O_NONBLOCK) == 0, "epoll");
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = 0x123456789ABCDEF0 }, events[4];
    char text[16];
    show_call("add", epoll_ctl(watching, EPOLL_CTL_ADD, ends[0], &event));
    show_call("add again", epoll_ctl(watching, EPOLL_CTL_ADD, ends[0], &event));
    show_call("nothing", epoll_wait(watching, events, 4, 0));
    need(write(ends[1], "ab", 2) == 2, "write");
    show_call("level", epoll_wait(watching, events, 4, -1));
    printf("data %llx, readable %d\n", (unsigned long long)events[0].data.u64,
           events[0].events == EPOLLIN);
    show_call("level again", epoll_wait(watching, events, 4, 0));
    event.events = EPOLLIN | EPOLLET;
    show_call("modify", epoll_ctl(watching, EPOLL_CTL_MOD, ends[0], &event));
    show_call("edge", epoll_wait(watching, events, 4, 0));
    show_call("edge again", epoll_wait(watching, events, 4, 0));
    need(write(ends[1], "c", 1) == 1, "write");
    show_call("edge after more", epoll_wait(watching, events, 4, 0));
    event.events = EPOLLIN | EPOLLONESHOT;
    epoll_ctl(watching, EPOLL_CTL_MOD, ends[0], &event);
    show_call("one shot", epoll_wait(watching, events, 4, 0));
    need(write(ends[1], "d", 1) == 1, "write");
    show_call("one shot spent", epoll_wait(watching, events, 4, 0));
    epoll_ctl(watching, EPOLL_CTL_MOD, ends[0], &event);
    show_call("one shot armed", epoll_wait(watching, events, 4, 0));
    show_call("delete", epoll_ctl(watching, EPOLL_CTL_DEL, ends[0], NULL));
    show_call("delete again", epoll_ctl(watching, EPOLL_CTL_DEL, ends[0], NULL));
    event = (struct epoll_event){ .events = EPOLLIN | EPOLLOUT, .data.u64 = 2 };
    epoll_ctl(watching, EPOLL_CTL_ADD, other, &event);
    show_call("writable", epoll_wait(watching, events, 4, 0));
    printf("events %d\n", events[0].events == EPOLLOUT);
    event.events = EPOLLIN;
    epoll_ctl(watching, EPOLL_CTL_MOD, other, &event);
    pthread_t thread;
    pthread_create(&thread, NULL, write_later, &other);
    show_call("waits", epoll_wait(watching, events, 4, 5000));
    pthread_join(thread, NULL);
    epoll_ctl(watching, EPOLL_CTL_DEL, other, NULL);
    while (read(ends[0], text, sizeof text) > 0)
        ;
    event.events = EPOLLIN | EPOLLRDHUP;
    epoll_ctl(watching, EPOLL_CTL_ADD, ends[0], &event);
    close(ends[1]);
    show_call("hang up", epoll_wait(watching, events, 4, 0));
    printf("events %d\n", events[0].events == EPOLLHUP);
    close(ends[0]); // a closed descriptor is no longer watched
    show_call("closed", epoll_wait(watching, events, 4, 0));
    show_call("bad operation", epoll_ctl(watching, 99, other, &event));
    show_call("itself", epoll_ctl(watching, EPOLL_CTL_ADD, watching, &event));
    show_call("no descriptor", epoll_ctl(watching, EPOLL_CTL_ADD, 999, &event));
    show_call("not an epoll", epoll_wait(other, events, 4, 0));
    show_call("no room", epoll_wait(watching, events, 0, 0));
    close(other);
    close(watching);
}

static void test_timerfd(void)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    need(timer >= 0, "timerfd_create");
    uint64_t count = 0;
    struct itimerspec spec = { .it_value = { 0, 20000000 } }, left;
    show_call("timer not set", read(timer, &count, sizeof count));
    show_call("timerfd_settime", timerfd_settime(timer, 0, &spec, NULL));
    show_call("timer not yet", read(timer, &count, sizeof count));
    struct pollfd polled = { timer, POLLIN, 0 };
    show_call("poll timer", poll(&polled, 1, 5000));
    show_call("timer read", read(timer, &count, sizeof count));
    printf("expired %llu\n", (unsigned long long)count);
    spec.it_interval = (struct timespec){ 0, 5000000 };
    timerfd_settime(timer, 0, &spec, NULL);
    usleep(60000);
    show_call("timer read", read(timer, &count, sizeof count));
    show_truth("several expirations in one read", count >= 5);
    show_call("timerfd_gettime", timerfd_gettime(timer, &left));
    show_truth("interval", left.it_interval.tv_nsec == 5000000);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    spec = (struct itimerspec){ .it_value = { now.tv_sec - 1, 1 } };
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
    show_call("already past", poll(&polled, 1, 5000));
    spec = (struct itimerspec){ 0 };
    timerfd_settime(timer, 0, &spec, NULL);
    show_call("disarmed", read(timer, &count, sizeof count));
    close(timer);
    show_call("bad clock", timerfd_create(77, 0));
}

static void test_signalfd(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    int handle = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    need(handle >= 0, "signalfd");
    struct signalfd_siginfo information[2];
    show_call("no signal", read(handle, information, sizeof information));
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 99 });
    struct pollfd polled = { handle, POLLIN, 0 };
    show_call("poll signal", poll(&polled, 1, 5000));
    show_call("two signals", read(handle, information, sizeof information) /
                                 (long)sizeof information[0]);
    printf("%d %d, value %d\n", information[0].ssi_signo == SIGUSR1,
           information[1].ssi_signo == SIGUSR2, information[1].ssi_int);
    close(handle);
}

static void test_ppoll(void)
{
    // Duplicates share one open file; the number is the lowest that is free.
    int ends[2];
    need(pipe(ends) == 0, "pipe");
    int copy = dup(ends[1]);
    close(ends[1]);
    struct pollfd polled = { ends[0], POLLIN, 0 };
    struct timespec limit = { 0, 1000000 };
    sigset_t mask;
    sigfillset(&mask);
    show_call("ppoll open", ppoll(&polled, 1, &limit, &mask));
    show_call("write to the copy", write(copy, "z", 1));
    show_call("ppoll ready", ppoll(&polled, 1, &limit, NULL));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    show_call("pselect", pselect(ends[0] + 1, &set, NULL, NULL, &limit, &mask));
    show_truth("lowest number is reused", copy == ends[1] + 1 && dup(0) == ends[1]);
}

int main(void)
{
    test_pipe();
    test_eventfd();
    test_epoll();
    test_timerfd();
    test_signalfd();
    test_ppoll();
    return 0;
}
