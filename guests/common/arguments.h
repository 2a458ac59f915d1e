// Command line parsing shared by every guest.
//
// A program describes its options in a table; this header turns argv into
// values and every mistake into one clear line plus the usage text on stderr
// and exit status 2. Both "--name value" and "--name=value" are accepted.
#ifndef GUEST_ARGUMENTS_H
#define GUEST_ARGUMENTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

enum argument_kind {
    ARGUMENT_FLAG,   // bool *: present or absent, takes no value
    ARGUMENT_NUMBER, // uint64_t *: a whole decimal number
    ARGUMENT_SIZE,   // uint64_t *: a whole number with an optional K, M or G
    ARGUMENT_TEXT,   // const char **: taken as it is
};

struct argument {
    const char *name; // without the two dashes
    enum argument_kind kind;
    void *target;
    uint64_t minimum, maximum; // only for numbers and sizes
    const char *placeholder;   // how the value is called in the usage text
    const char *help;
    bool given; // set by the parser
};

struct argument_list {
    const char *program;
    const char *purpose;
    struct argument *options;
    size_t count;
};

static inline void print_usage(FILE *stream, const struct argument_list *list)
{
    fprintf(stream, "usage: %s [options]\n%s\n", list->program, list->purpose);
    for (size_t i = 0; i < list->count; i++) {
        const struct argument *option = &list->options[i];
        char left[48];
        snprintf(left, sizeof left, "--%s %s", option->name,
                 option->placeholder ? option->placeholder : "");
        fprintf(stream, "  %-28s %s\n", left, option->help);
    }
}

// Ends the program: the caller made a mistake on the command line.
__attribute__((noreturn, format(printf, 2, 3)))
static inline void usage_error(const struct argument_list *list, const char *format, ...)
{
    __builtin_va_list values;
    __builtin_va_start(values, format);
    fprintf(stderr, "%s: ", list->program);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    __builtin_va_end(values);
    print_usage(stderr, list);
    exit(EXIT_USAGE);
}

// Reads a whole number; with `suffixes` also "64K", "4M" or "1G".
static inline bool parse_whole_number(const char *text, bool suffixes, uint64_t *value)
{
    // strtoull would accept blanks and signs in front, which are mistakes here.
    if (text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    unsigned shift = 0;
    if (suffixes && *end != '\0') {
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
        if (shift == 0)
            return false;
        end++;
    }
    if (*end != '\0' || number > (UINT64_MAX >> shift))
        return false;
    *value = (uint64_t)number << shift;
    return true;
}

static inline void store_argument(const struct argument_list *list, struct argument *option,
                                  const char *text)
{
    if (option->kind == ARGUMENT_TEXT) {
        *(const char **)option->target = text;
        return;
    }
    uint64_t value;
    bool size = option->kind == ARGUMENT_SIZE;
    if (!parse_whole_number(text, size, &value))
        usage_error(list, "--%s: '%s' is not a whole number%s", option->name, text,
                    size ? " (K, M or G may follow)" : "");
    if (value < option->minimum || value > option->maximum)
        usage_error(list, "--%s: %s is outside %llu..%llu", option->name, text,
                    (unsigned long long)option->minimum, (unsigned long long)option->maximum);
    *(uint64_t *)option->target = value;
}

static inline void parse_arguments(const struct argument_list *list, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--help") == 0) {
            print_usage(stdout, list);
            exit(EXIT_SUCCESS);
        }
        if (strncmp(word, "--", 2) != 0)
            usage_error(list, "unexpected argument '%s'", word);
        const char *name = word + 2;
        size_t length = strcspn(name, "=");
        struct argument *option = NULL;
        for (size_t k = 0; k < list->count && option == NULL; k++)
            if (strlen(list->options[k].name) == length &&
                memcmp(list->options[k].name, name, length) == 0)
                option = &list->options[k];
        if (option == NULL)
            usage_error(list, "unknown option '--%.*s'", (int)length, name);
        if (option->given)
            usage_error(list, "--%s is given twice", option->name);
        option->given = true;
        bool attached = name[length] == '=';
        if (option->kind == ARGUMENT_FLAG) {
            if (attached)
                usage_error(list, "--%s takes no value", option->name);
            *(bool *)option->target = true;
        } else if (attached) {
            store_argument(list, option, name + length + 1);
        } else if (i + 1 < argc) {
            store_argument(list, option, argv[++i]);
        } else {
            usage_error(list, "--%s needs a value", option->name);
        }
    }
}

// Ends the program: the system refused something that should have worked.
__attribute__((noreturn)) static inline void system_failure(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

#endif
