// Memory and string functions at every length and alignment, and text
// functions of the C library.
#include <ctype.h>
#include <fnmatch.h>
#include <regex.h>
#include <strings.h>
#include <sys/mman.h>

#include "../common/show.h"

enum { PAGE = 4096, LONGEST = 130 };

// The memory ends at a page that must not be touched: functions that read in
// larger units may not look beyond it.
static unsigned char *guarded_page(void)
{
    unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(pages != MAP_FAILED && mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0, "mmap");
    return pages + PAGE;
}

int main(void)
{
    unsigned char *a = guarded_page(), *b = guarded_page();
    uint64_t wrong = 0, state = 4;
    for (int length = 0; length <= LONGEST; length++)
        for (int shift = 0; shift < 9; shift++) {
            unsigned char *from = a + PAGE - length - shift, *to = b + PAGE - length;
            for (int i = 0; i < length; i++)
                from[i] = (unsigned char)(scramble(&state) | 1);
            memset(b, 0xEE, PAGE);
            memcpy(to, from, (size_t)length);
            wrong += to[-1] != 0xEE || memcmp(to, from, (size_t)length) != 0;
            memmove(from - 3, from, (size_t)length);
            wrong += memcmp(from - 3, to, (size_t)length) != 0;
            memmove(from, from - 3, (size_t)length);
            wrong += memcmp(from, to, (size_t)length) != 0;
            if (length == 0)
                continue;
            to[length - 1] ^= 0x80;
            int order = memcmp(from, to, (size_t)length);
            wrong += (order > 0) != (from[length - 1] > to[length - 1]);
            wrong += memchr(from, 0, (size_t)length) != NULL;
            from[length - 1] = 0;
            char *text = (char *)from;
            wrong += strlen(text) != (size_t)length - 1;
            wrong += strnlen(text, (size_t)length) != (size_t)length - 1;
            wrong += strchr(text, 0) != text + length - 1;
            wrong += memchr(from, 0, (size_t)length) != from + length - 1;
            wrong += strcpy((char *)to, text) != (char *)to || strcmp((char *)to, text) != 0;
            wrong += stpcpy((char *)to, text) != (char *)to + length - 1;
            if (length > 1) {
                text[length - 2] = 1;
                wrong += strcmp(text, (char *)to) >= 0 && to[length - 2] != 1;
                wrong += strncmp(text, (char *)to, (size_t)length - 2) != 0;
                wrong += strrchr(text, 1) != text + length - 2;
            }
            memset(to, 0x5A, (size_t)length);
            for (int i = 0; i < length; i++)
                wrong += to[i] != 0x5A;
        }
    printf("wrong %llu\n", (unsigned long long)wrong);

    char text[200] = "the quick brown fox";
    printf("%s %s %zu %zu %s\n", strstr(text, "brown"), strstr(text, "cat") ? "found" : "none",
           strspn(text, "eht "), strcspn(text, "bq"), strpbrk(text, "zxw"));
    strncat(text, " jumps over", 6);
    printf("%s %d %d\n", text, strcasecmp("HeLLo", "hEllO"), strncasecmp("abcX", "ABCY", 3));
    for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;)
        printf("[%s]", word);
    char list[] = ",,a,b,,c,", *saved;
    for (char *word = strtok_r(list, ",", &saved); word; word = strtok_r(NULL, ",", &saved))
        printf("<%s>", word);
    char padded[8];
    strncpy(padded, "ab", sizeof padded);
    printf(" %d %d\n", padded[1], padded[7]);
    char *copy = strdup("copied"), *part = strndup("copied", 3);
    printf("%s %s %s\n", copy, part, (char *)memmem("needle in hay", 13, "in", 2));
    free(copy);
    free(part);
    printf("%s %s\n", strerror(ENOENT), strsignal(11));
    printf("%d %d %d\n", strverscmp("file9", "file10") < 0, strcoll("a", "b") < 0,
           fnmatch("*.[ch]", "main.c", 0));
    int classes[12] = { 0 };
    for (int c = 0; c < 256; c++) {
        classes[0] += isalpha(c) != 0, classes[1] += isdigit(c) != 0, classes[2] += isspace(c) != 0;
        classes[3] += isupper(c) != 0, classes[4] += islower(c) != 0, classes[5] += ispunct(c) != 0;
        classes[6] += isprint(c) != 0, classes[7] += iscntrl(c) != 0,
            classes[8] += isxdigit(c) != 0;
        classes[9] += toupper(c) != c, classes[10] += tolower(c) != c,
            classes[11] += isgraph(c) != 0;
    }
    for (int i = 0; i < 12; i++)
        printf("%d ", classes[i]);
    printf("\n");

    regex_t expression;
    regmatch_t matches[3];
    need(regcomp(&expression, "([a-z]+)=([0-9]{2,4})", REG_EXTENDED) == 0, "regcomp");
    const char *subject = "x=1; width=640, y=7";
    int found = regexec(&expression, subject, 3, matches, 0);
    printf("regex %d: %.*s %.*s\n", found, (int)(matches[1].rm_eo - matches[1].rm_so),
           subject + matches[1].rm_so, (int)(matches[2].rm_eo - matches[2].rm_so),
           subject + matches[2].rm_so);
    regfree(&expression);

    char *built = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&built, &size);
    for (int i = 0; i < 100; i++)
        fprintf(stream, "%d,", i * i);
    fclose(stream);
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        digest(&sum, (unsigned char)built[i]);
    printf("built %zu %016llx\n", size, (unsigned long long)sum);
    free(built);
    int wanted = snprintf(padded, sizeof padded, "%s", "much too long");
    printf("%d %s\n", wanted, padded);
    return 0;
}
