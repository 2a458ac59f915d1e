// RESP2 on the wire: a growing byte buffer, replies, and the request parser.
#ifndef KVSTORE_PROTOCOL_H
#define KVSTORE_PROTOCOL_H

#include <stdarg.h>
#include <stdio.h>

#include "../common/arguments.h"
#include "table.h"

enum {
    MAX_ARGUMENTS = 1024,
    MAX_REQUEST = 1 << 20,   // bytes of one request on the wire
    MAX_INLINE = 64 << 10,   // bytes of one inline line
};

struct buffer {
    char *bytes;
    size_t start, end; // the content lies between these
    size_t capacity;
};

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

// Makes room for `more` bytes after the content.
static inline void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->end >= more)
        return;
    size_t length = buffer_length(buffer);
    if (buffer->start > 0) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, length);
        buffer->start = 0;
        buffer->end = length;
    }
    if (buffer->capacity - length >= more)
        return;
    size_t capacity = buffer->capacity ? buffer->capacity : 4096;
    while (capacity - length < more)
        capacity *= 2;
    char *larger = realloc(buffer->bytes, capacity);
    if (larger == NULL)
        system_failure("realloc");
    buffer->bytes = larger;
    buffer->capacity = capacity;
}

static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
    buffer_reserve(buffer, length);
    if (length > 0) // an empty buffer has no memory that memcpy could be given
        memcpy(buffer->bytes + buffer->end, bytes, length);
    buffer->end += length;
}

static inline void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

static inline void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){ 0 };
}

// Replies: one function per RESP2 type, "$-1" being the missing value.
__attribute__((format(printf, 2, 3)))
static inline void reply_line(struct buffer *out, const char *format, ...)
{
    char line[512];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line - 2, format, values);
    va_end(values);
    if (length > (int)sizeof line - 3)
        length = (int)sizeof line - 3;
    memcpy(line + length, "\r\n", 2);
    buffer_add(out, line, (size_t)length + 2);
}

static inline void reply_number(struct buffer *out, long long number)
{
    reply_line(out, ":%lld", number);
}

static inline void reply_bulk(struct buffer *out, struct slice value)
{
    reply_line(out, "$%zu", value.length);
    buffer_add(out, value.bytes, value.length);
    buffer_add(out, "\r\n", 2);
}

static inline void reply_missing(struct buffer *out)
{
    reply_line(out, "$-1");
}

enum parse_result {
    PARSE_REQUEST,    // `request` is filled, `consumed` bytes belong to it
    PARSE_INCOMPLETE, // more bytes are needed
    PARSE_ERROR,      // `error` says why; the connection cannot go on
};

struct request {
    struct slice words[MAX_ARGUMENTS]; // point into the input buffer
    size_t count;                      // 0 for an empty line: nothing to do
    size_t consumed;
    const char *error;
};

// Finds the next line from `offset` on; a line ends with \n, maybe after \r.
static inline bool next_line(struct slice input, size_t *offset, struct slice *line)
{
    if (*offset >= input.length)
        return false;
    const char *begin = input.bytes + *offset;
    const char *end = memchr(begin, '\n', input.length - *offset);
    if (end == NULL)
        return false;
    *offset += (size_t)(end - begin) + 1;
    *line = (struct slice){ begin, (size_t)(end - begin) };
    if (line->length > 0 && begin[line->length - 1] == '\r')
        line->length--;
    return true;
}

// A signed decimal number that fills the whole slice.
static inline bool slice_to_number(struct slice text, long long *number)
{
    char digits[24];
    if (text.length == 0 || text.length >= sizeof digits)
        return false;
    memcpy(digits, text.bytes, text.length);
    digits[text.length] = '\0';
    if (digits[0] != '-' && (digits[0] < '0' || digits[0] > '9'))
        return false;
    char *end;
    errno = 0;
    *number = strtoll(digits, &end, 10);
    return errno == 0 && end == digits + text.length && end[-1] != '-';
}

static inline enum parse_result parse_failure(struct request *request, const char *error)
{
    request->error = error;
    return PARSE_ERROR;
}

// "SET name value": words between blanks; "..." keeps blanks inside a word.
static inline enum parse_result parse_inline(struct slice input, struct request *request)
{
    struct slice line;
    if (!next_line(input, &request->consumed, &line))
        return input.length > MAX_INLINE ? parse_failure(request, "too big inline request")
                                         : PARSE_INCOMPLETE;
    size_t position = 0;
    for (;;) {
        while (position < line.length && (line.bytes[position] == ' ' ||
                                          line.bytes[position] == '\t'))
            position++;
        if (position == line.length)
            return PARSE_REQUEST;
        if (request->count == MAX_ARGUMENTS)
            return parse_failure(request, "too many arguments");
        bool quoted = line.bytes[position] == '"';
        position += quoted;
        size_t begin = position;
        while (position < line.length &&
               (quoted ? line.bytes[position] != '"'
                       : line.bytes[position] != ' ' && line.bytes[position] != '\t'))
            position++;
        if (quoted && position == line.length)
            return parse_failure(request, "unbalanced quotes in request");
        request->words[request->count++] =
            (struct slice){ line.bytes + begin, position - begin };
        position += quoted;
    }
}

// "*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n": an array of counted strings. Parsing starts
// over when more bytes have come, which MAX_ARGUMENTS keeps cheap.
static inline enum parse_result parse_request(struct slice input, struct request *request)
{
    request->count = request->consumed = 0;
    if (input.length == 0)
        return PARSE_INCOMPLETE;
    if (input.bytes[0] != '*')
        return parse_inline(input, request);

    struct slice line;
    long long count, length;
    enum parse_result unfinished = PARSE_INCOMPLETE;
    if (input.length > MAX_REQUEST)
        unfinished = parse_failure(request, "too big request");
    if (!next_line(input, &request->consumed, &line))
        return unfinished;
    line.bytes++, line.length--;
    if (!slice_to_number(line, &count) || count > MAX_ARGUMENTS)
        return parse_failure(request, "invalid multibulk length");
    for (long long i = 0; i < count; i++) {
        if (!next_line(input, &request->consumed, &line))
            return unfinished;
        if (line.length == 0 || line.bytes[0] != '$')
            return parse_failure(request, "expected '$'");
        line.bytes++, line.length--;
        if (!slice_to_number(line, &length) || length < 0 || length > MAX_REQUEST)
            return parse_failure(request, "invalid bulk length");
        if (input.length - request->consumed < (size_t)length + 2)
            return unfinished;
        request->words[request->count++] =
            (struct slice){ input.bytes + request->consumed, (size_t)length };
        request->consumed += (size_t)length + 2;
    }
    return PARSE_REQUEST;
}

#endif
