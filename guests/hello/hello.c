// hello: the smallest useful guest. It shows that a program starts, sees its
// arguments and its environment, can ask the kernel who it is, and ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

int main(int argc, char **argv)
{
    struct utsname system;
    if (uname(&system) != 0) {
        perror("uname");
        return EXIT_FAILURE;
    }
    const char *name = getenv("NAME");
    printf("Hello, %s, from a %s program on %s.\n", name ? name : "world", system.machine,
           system.sysname);

    // Only the last part of the program's path: where it lies is not our business.
    const char *program = argc > 0 ? argv[0] : "";
    const char *slash = strrchr(program, '/');
    printf("argc = %d\n", argc);
    if (argc > 0)
        printf("argv[0] = %s\n", slash ? slash + 1 : program);
    for (int i = 1; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
