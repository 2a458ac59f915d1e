// journal: what a database does to its disk. It appends records to a log and
// has each batch on the disk before it goes on, then drops what the kernel has
// in memory, reads everything back and compares. How long the disk let it wait
// is told on stderr.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../common/arguments.h"
#include "../common/clock.h"
#include "../common/mixing.h"
#include "../common/stop.h"

enum { LARGEST_RECORD = 1 << 20 };

struct waits {
    uint64_t count, sum, longest; // nanoseconds
};

static void note_wait(struct waits *waits, uint64_t since)
{
    uint64_t waited = monotonic_now() - since;
    waits->count++;
    waits->sum += waited;
    waits->longest = waited > waits->longest ? waited : waits->longest;
}

static void report(const char *what, const struct waits *waits)
{
    fprintf(stderr, "%s: %llu, mean %llu us, longest %llu us\n", what,
            (unsigned long long)waits->count,
            (unsigned long long)(waits->count ? waits->sum / waits->count / 1000 : 0),
            (unsigned long long)(waits->longest / 1000));
}

// A record is its own number, then words that follow from it.
static void fill_record(unsigned char *record, uint64_t bytes, uint64_t number)
{
    struct random_source random = { number };
    for (uint64_t offset = 0; offset < bytes; offset += sizeof number) {
        uint64_t word = offset == 0 ? number : next_random(&random);
        memcpy(record + offset, &word, sizeof word);
    }
}

static void move_whole(const char *what, int handle, unsigned char *record, uint64_t bytes,
                       uint64_t offset, bool writes)
{
    for (uint64_t done = 0; done < bytes;) {
        ssize_t moved = writes
            ? pwrite(handle, record + done, bytes - done, (off_t)(offset + done))
            : pread(handle, record + done, bytes - done, (off_t)(offset + done));
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            system_failure(what);
        done += (uint64_t)moved;
    }
}

int main(int argc, char **argv)
{
    const char *path = "/var/tmp/journal";
    uint64_t records = 1000, bytes = 512, batch = 10, rate = 0;
    bool synchronous = false;
    struct argument options[] = {
        { "file", ARGUMENT_TEXT, &path, 0, 0, "PATH", "the log (/var/tmp/journal)", false },
        { "records", ARGUMENT_NUMBER, &records, 1, UINT64_C(1) << 32, "N",
          "records to append (1000)", false },
        { "bytes", ARGUMENT_SIZE, &bytes, 8, LARGEST_RECORD, "SIZE",
          "of a record, a multiple of 8 (512)", false },
        { "batch", ARGUMENT_NUMBER, &batch, 1, UINT64_C(1) << 32, "N",
          "records between two fdatasync (10)", false },
        { "rate", ARGUMENT_NUMBER, &rate, 0, 1000000, "N",
          "batches per second, 0 = flat out (0)", false },
        { "synchronous", ARGUMENT_FLAG, &synchronous, 0, 0, NULL,
          "open with O_DSYNC: each record waits, none is synced", false },
    };
    struct argument_list list = { "journal", "Appends to a log on the disk and reads it back.",
                                  options, sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    if (bytes % sizeof(uint64_t) != 0)
        usage_error(&list, "--bytes must be a multiple of 8");
    stop_on_signals();

    int handle = open(path, O_CREAT | O_TRUNC | O_RDWR | (synchronous ? O_DSYNC : 0), 0644);
    if (handle < 0)
        system_failure(path);
    static unsigned char record[LARGEST_RECORD], expected[LARGEST_RECORD];
    struct waits syncs = { 0 }, reads = { 0 };
    uint64_t start = monotonic_now(), written = 0;
    while (written < records && !stop_requested()) {
        uint64_t since = monotonic_now();
        fill_record(record, bytes, written);
        move_whole("write", handle, record, bytes, written * bytes, true);
        written++;
        if (synchronous) {
            note_wait(&syncs, since);
        } else if (written % batch == 0 || written == records) {
            since = monotonic_now();
            if (fdatasync(handle) != 0)
                system_failure("fdatasync");
            note_wait(&syncs, since);
        }
        if (rate && written % batch == 0)
            sleep_until(due_time(start, written / batch, rate));
    }

    if (fdatasync(handle) != 0)
        system_failure("fdatasync");
    errno = posix_fadvise(handle, 0, 0, POSIX_FADV_DONTNEED);
    if (errno != 0)
        system_failure("posix_fadvise");
    uint64_t wrong = 0, sum = 0;
    for (uint64_t number = 0; number < written; number++) {
        uint64_t since = monotonic_now();
        move_whole("read", handle, record, bytes, number * bytes, false);
        note_wait(&reads, since);
        fill_record(expected, bytes, number);
        wrong += memcmp(record, expected, bytes) != 0;
        sum = mix(sum ^ checksum_words(record, bytes));
    }

    printf("records %llu, bytes %llu, wrong %llu\nchecksum %016llx\n",
           (unsigned long long)written, (unsigned long long)(written * bytes),
           (unsigned long long)wrong, (unsigned long long)sum);
    report("syncs", &syncs);
    report("reads", &reads);
    fprintf(stderr, "took %llu us\n", (unsigned long long)((monotonic_now() - start) / 1000));
    unlink(path);
    return wrong != 0;
}
