// What a program is given at its start: arguments, environment, auxiliary
// vector, and what it can ask about itself.
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../common/show.h"

extern char **environ;
static int in_data = 5;
static int in_zeros;
static pid_t thread_number;

static void *note_number(void *argument)
{
    thread_number = gettid();
    show_truth("same process in a thread", getpid() == *(pid_t *)argument);
    return NULL;
}

static int in_array = 0;

__attribute__((constructor)) static void before_main(void)
{
    in_array += 10;
}

int main(int argc, char **argv)
{
    printf("argc %d, ends with NULL %d, constructed %d\n", argc, argv[argc] == NULL, in_array);
    for (int i = 1; i < argc; i++)
        printf("argument %d: '%s'\n", i, argv[i]);
    int variables = 0;
    for (char **variable = environ; *variable != NULL; variable++)
        variables++;
    printf("variables %d\n", variables);
    printf("FIRST '%s', EMPTY '%s', MISSING %s\n", getenv("FIRST") ? getenv("FIRST") : "(none)",
           getenv("EMPTY") ? getenv("EMPTY") : "(none)", getenv("MISSING") ? "set" : "not set");
    setenv("ADDED", "later", 1);
    setenv("FIRST", "ignored", 0);
    unsetenv("EMPTY");
    printf("ADDED '%s', EMPTY %s\n", getenv("ADDED"), getenv("EMPTY") ? "set" : "not set");

    printf("page size %lu\n", getauxval(AT_PAGESZ));
    // Bit n stands for the extension with the n-th letter: I, M, A, F, D, C.
    unsigned long needed = 0;
    for (const char *letter = "IMAFDC"; *letter != '\0'; letter++)
        needed |= 1UL << (*letter - 'A');
    show_truth("hardware has RV64GC", (getauxval(AT_HWCAP) & needed) == needed);
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    unsigned char any = 0;
    for (int i = 0; random != NULL && i < 16; i++)
        any |= random[i];
    show_truth("random bytes", any != 0);
    show_truth("program headers", getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 0);
    printf("header size %lu, clock ticks %lu, secure %lu\n", getauxval(AT_PHENT),
           getauxval(AT_CLKTCK), getauxval(AT_SECURE));
    show_truth("entry point", getauxval(AT_ENTRY) != 0);
    const char *name = (const char *)getauxval(AT_EXECFN);
    show_truth("program name", name != NULL && strlen(name) > 0);
    show_truth("user numbers", getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid() &&
                                   getauxval(AT_GID) == getgid() &&
                                   getauxval(AT_EGID) == getegid());

    // The program headers in memory describe this very program.
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    bool code = false, data = false;
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
        if (headers[i].p_type != PT_LOAD)
            continue;
        uintptr_t start = headers[i].p_vaddr, end = start + headers[i].p_memsz;
        code |= (headers[i].p_flags & PF_X) && (uintptr_t)main >= start && (uintptr_t)main < end;
        data |= (headers[i].p_flags & PF_W) && (uintptr_t)&in_data >= start &&
                (uintptr_t)&in_data < end;
    }
    printf("main in code %d, variable in data %d, zeros %d\n", code, data, in_zeros);

    pid_t process = getpid();
    pthread_t thread;
    show_truth("first thread has the process number", gettid() == process && process > 0);
    pthread_create(&thread, NULL, note_number, &process);
    pthread_join(thread, NULL);
    show_truth("threads have numbers of their own", thread_number != process && thread_number > 0);
    show_truth("parent", getppid() >= 0);
    show_truth("process group", getpgrp() >= 0 && getpgid(0) == getpgrp());

    struct utsname system;
    show_call("uname", uname(&system));
    printf("%s %s\n", system.sysname, system.machine);
    show_truth("release has a version", system.release[0] >= '2' && system.release[0] <= '9');

    char thread_name[16] = "";
    show_call("PR_SET_NAME", prctl(PR_SET_NAME, "conformance-test-with-a-long-name"));
    show_call("PR_GET_NAME", prctl(PR_GET_NAME, thread_name));
    printf("'%s'\n", thread_name);
    show_call("prctl unknown", prctl(123456, 0, 0, 0, 0));

    unsigned char bytes[64] = { 0 }, more[64] = { 0 };
    show_call("getrandom", getrandom(bytes, sizeof bytes, 0));
    getrandom(more, sizeof more, GRND_NONBLOCK);
    show_truth("different each time", memcmp(bytes, more, sizeof bytes) != 0);
    show_call("getrandom badly", getrandom(bytes, 1, 0x100));
    show_call("unknown system call", syscall(5000));
    show_call("negative system call", syscall(-1));

    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    show_truth("stack is aligned", stack % 16 == 0);
    show_truth("arguments lie above the frame", (uintptr_t)argv > stack);
    return 0;
}
