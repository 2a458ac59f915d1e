// Reads standard input by every means and tells what it saw.
#include <sys/stat.h>
#include <unistd.h>

#include "../common/show.h"

int main(void)
{
    char line[64], word[32];
    int number, c;
    double real;
    show_truth("a terminal", isatty(STDIN_FILENO));
    if (fgets(line, sizeof line, stdin) == NULL) {
        puts("no input");
        return 3;
    }
    printf("line '%s'\n", strtok(line, "\n"));
    int items = scanf("%d %lf %31s", &number, &real, word);
    printf("items %d: %d %g %s\n", items, items > 0 ? number : 0, items > 1 ? real : 0,
           items > 2 ? word : "");
    while ((c = getchar()) != EOF && c != '\n')
        ;
    char *text = NULL;
    size_t size = 0;
    int lines = 0;
    size_t bytes = 0;
    uint64_t sum = 0;
    for (ssize_t length; (length = getline(&text, &size, stdin)) > 0; lines++) {
        bytes += (size_t)length;
        for (ssize_t i = 0; i < length; i++)
            digest(&sum, (unsigned char)text[i]);
    }
    free(text);
    printf("lines %d, bytes %zu, digest %016llx\n", lines, bytes, (unsigned long long)sum);
    printf("at the end %d, error %d, read %ld\n", feof(stdin) != 0, ferror(stdin) != 0,
           (long)read(STDIN_FILENO, line, 1));
    return lines == 0 ? 4 : 0;
}
