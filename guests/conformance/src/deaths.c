// Ways for a program to end; the first argument chooses one.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/show.h"

static void say_goodbye(void)
{
    puts("at exit");
}

static void *exit_from_thread(void *argument)
{
    (void)argument;
    exit(9);
}

static void *outlive_main(void *argument)
{
    (void)argument;
    usleep(50000);
    puts("the last thread ends");
    return NULL;
}

static void *wait_forever(void *argument)
{
    for (;;)
        pause();
    return argument;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "return";
    pthread_t thread;
    printf("ending by %s\n", how);
    fflush(stdout);
    atexit(say_goodbye);

    if (strcmp(how, "return") == 0)
        return 7;
    if (strcmp(how, "exit") == 0)
        exit(300); // only the low eight bits arrive
    if (strcmp(how, "_exit") == 0)
        _exit(3);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(4);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "abort-handled") == 0) {
        signal(SIGABRT, SIG_IGN);
        abort(); // ends the program all the same
    }
    if (strcmp(how, "segv") == 0)
        *(volatile int *)opaque(4) = 1;
    if (strcmp(how, "segv-blocked") == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        *(volatile int *)opaque(4) = 1;
    }
    if (strcmp(how, "term") == 0)
        raise(SIGTERM);
    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(how, "pipe") == 0) {
        int ends[2];
        need(pipe(ends) == 0, "pipe");
        close(ends[0]);
        show_call("write", write(ends[1], "x", 1));
    }
    if (strcmp(how, "alarm") == 0) {
        alarm(1);
        for (;;)
            pause();
    }
    if (strcmp(how, "illegal") == 0)
        __asm__ volatile("unimp");
    if (strcmp(how, "thread-exit") == 0) {
        pthread_create(&thread, NULL, exit_from_thread, NULL);
        for (;;)
            pause();
    }
    if (strcmp(how, "thread-left") == 0) {
        // Returning from main ends the other threads too.
        pthread_create(&thread, NULL, wait_forever, NULL);
        return 6;
    }
    if (strcmp(how, "main-first") == 0) {
        pthread_create(&thread, NULL, outlive_main, NULL);
        pthread_exit(NULL);
    }
    return 99;
}
