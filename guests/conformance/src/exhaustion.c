// Takes what there is until there is no more: threads, descriptors, room for
// files, address space, memory. Each ends in an error number, and everything
// works again once it is given back. How much there is, is the machine's own.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/show.h"

enum { THREADS_WANTED = 20000, STACK = 64 << 10, CHUNK = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int is_open, passed;

static void *wait_at_the_gate(void *argument)
{
    pthread_mutex_lock(&lock);
    while (!is_open)
        pthread_cond_wait(&opened, &lock);
    passed++;
    pthread_mutex_unlock(&lock);
    return argument;
}

static void test_threads(void)
{
    static pthread_t threads[THREADS_WANTED];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int count = 0, error = 0;
    while (count < THREADS_WANTED && error == 0) {
        error = pthread_create(&threads[count], &attributes, wait_at_the_gate, NULL);
        count += error == 0;
    }
    show_error("one thread too many", error);
    show_truth("at least ten thousand", count >= 10000);
    pthread_mutex_lock(&lock);
    is_open = 1;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    show_truth("all of them ran", passed == count);
    show_error("a thread afterwards", pthread_create(&threads[0], NULL, wait_at_the_gate, NULL));
    pthread_join(threads[0], NULL);
}

static void test_descriptors(void)
{
    int last = -1, handle;
    while ((handle = open("/dev/null", O_RDONLY)) >= 0)
        last = handle;
    show_call("one descriptor too many", handle);
    show_call("pipe", pipe((int[2]){ 0, 0 }));
    for (handle = 3; handle <= last; handle++)
        close(handle);
    handle = open("/dev/null", O_RDONLY);
    show_truth("a descriptor afterwards", handle >= 0);
    close(handle);
}

static void test_file_system(void)
{
    static char chunk[CHUNK];
    memset(chunk, 'x', sizeof chunk);
    int handle = open("/tmp/full", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ssize_t written;
    while ((written = write(handle, chunk, sizeof chunk)) > 0)
        ;
    show_call("one write too many", written);
    show_truth("another file is full, too", write(open("/tmp/other", O_CREAT | O_WRONLY, 0600), chunk, CHUNK) < 0);
    show_call("unlink", unlink("/tmp/full"));
    close(handle);
    handle = open("/tmp/again", O_CREAT | O_WRONLY, 0600);
    show_truth("room afterwards", write(handle, chunk, sizeof chunk) == sizeof chunk);
    close(handle);
}

static void test_address_space(void)
{
    size_t size = (size_t)1 << 40;
    while (size >= 4096) {
        if (mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
            size /= 2;
    }
    show_error("nothing left", errno);
    show_truth("malloc says so, too", malloc((size_t)1 << 30) == NULL);
}

int main(void)
{
    test_threads();
    test_descriptors();
    test_file_system();
    test_address_space();
    return 0;
}
