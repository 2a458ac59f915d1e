// streamer: a steady stream of numbered UDP datagrams, and its receiver. An
// interruption of either side shows as losses, gaps and a long silence.
//
// A datagram: 4 bytes mark, 8 bytes sequence number (from 0), 8 bytes
// monotonic send time in nanoseconds, then filling, all big-endian.
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../common/arguments.h"
#include "../common/arrivals.h"
#include "../common/clock.h"
#include "../common/mixing.h"
#include "../common/network.h"
#include "../common/stop.h"

enum { HEADER = 20, LARGEST_DATAGRAM = 65507, MARK = 0x53545231 };

// What the self-test does to a stream on purpose.
enum faults { NO_FAULTS, WITH_FAULTS };

// What a server keeps of each of its viewers; most of it never changes.
struct session {
    uint64_t viewer, position, sent_at;
    uint64_t description[29];
};

// The viewers who are served along with the one whose datagrams come: each
// datagram moves some of them on.
struct audience {
    struct session *sessions;
    uint64_t count, updates; // sessions, and how many a datagram changes
    struct random_source random;
};

struct sender {
    struct sockaddr_in target;
    uint64_t count, bytes, rate; // count 0 = until a signal
    enum faults faults;
    uint64_t sent, failed, late; // results
};

struct receiver {
    int handle;
    uint64_t expected; // stop after this many datagrams, 0 = no limit
    uint64_t idle_ms;  // stop after this silence once something came, 0 = never
    bool echoes;       // sends back whatever comes
    uint64_t foreign;  // datagrams that are not ours
    struct audience audience;
    struct arrivals arrivals;
};

static void send_datagram(struct sender *sender, int handle, uint64_t sequence)
{
    static _Thread_local unsigned char datagram[LARGEST_DATAGRAM];
    put_be(datagram, MARK, 4);
    put_be(datagram + 4, sequence, 8);
    put_be(datagram + 12, monotonic_now(), 8);
    memset(datagram + HEADER, (int)(sequence & 0xFF), sender->bytes - HEADER);
    ssize_t sent = sendto(handle, datagram, sender->bytes, 0,
                          (const struct sockaddr *)&sender->target, sizeof sender->target);
    // A receiver that is not there (yet) is no reason for a stream to end.
    if (sent == (ssize_t)sender->bytes)
        sender->sent++;
    else
        sender->failed++;
}

// Of every twenty numbers the faulty stream loses 5, sends 9 after 10 and
// sends 15 twice. Nothing is lost at the very end, where no one could tell.
static void send_with_faults(struct sender *sender, int handle, uint64_t index)
{
    switch (index % 20) {
    case 5:
        break;
    case 9:
        send_datagram(sender, handle, index + 1);
        break;
    case 10:
        send_datagram(sender, handle, index - 1);
        break;
    case 15:
        send_datagram(sender, handle, index);
        send_datagram(sender, handle, index);
        break;
    default:
        send_datagram(sender, handle, index);
    }
}

static void *run_sender(void *argument)
{
    struct sender *sender = argument;
    int handle = open_udp_socket();
    uint64_t start = monotonic_now();
    for (uint64_t i = 0; (sender->count == 0 || i < sender->count) && !stop_requested(); i++) {
        uint64_t due = due_time(start, i, sender->rate);
        if (sleep_until(due) != 0)
            continue; // a signal: the loop's condition decides
        // A whole period late means that the program did not run for a while.
        if (monotonic_now() - due >= NANOSECONDS_PER_SECOND / sender->rate)
            sender->late++;
        if (sender->faults == WITH_FAULTS)
            send_with_faults(sender, handle, i);
        else
            send_datagram(sender, handle, i);
    }
    close(handle);
    return NULL;
}

static void gather(struct audience *audience, uint64_t bytes, uint64_t updates)
{
    audience->count = bytes / sizeof(struct session);
    audience->updates = updates;
    audience->random.state = mix(1);
    audience->sessions = mmap(NULL, audience->count * sizeof(struct session),
                              PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (audience->sessions == MAP_FAILED)
        system_failure("mmap");
    for (uint64_t i = 0; i < audience->count; i++) {
        struct session *session = &audience->sessions[i];
        session->viewer = i;
        for (unsigned word = 0; word < sizeof session->description / sizeof(uint64_t); word++)
            session->description[word] = mix(i * 32 + word) >> 32;
    }
}

static void serve(struct audience *audience, uint64_t bytes, uint64_t now)
{
    for (uint64_t i = 0; i < audience->updates; i++) {
        struct session *session =
            &audience->sessions[next_below(&audience->random, audience->count)];
        session->position += bytes;
        session->sent_at = now;
    }
}

static void *run_receiver(void *argument)
{
    struct receiver *receiver = argument;
    static unsigned char datagram[LARGEST_DATAGRAM];
    uint64_t total = 0, silent_since = monotonic_now();
    while (!stop_requested() && (receiver->expected == 0 || total < receiver->expected)) {
        struct pollfd waiting = { .fd = receiver->handle, .events = POLLIN };
        // The time limit also bounds how late a stop request is noticed.
        int ready = poll(&waiting, 1, 100);
        if (ready <= 0) {
            uint64_t silence = monotonic_now() - silent_since;
            if (receiver->idle_ms != 0 && total > 0 &&
                silence > receiver->idle_ms * NANOSECONDS_PER_MILLISECOND)
                break;
            continue;
        }
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof from;
        ssize_t length = recvfrom(receiver->handle, datagram, sizeof datagram, MSG_DONTWAIT,
                                  (struct sockaddr *)&from, &from_bytes);
        if (length < 0)
            continue;
        // Who is not there any more misses nothing that a lost datagram would not be.
        if (receiver->audience.count > 0)
            serve(&receiver->audience, (uint64_t)length, monotonic_now());
        if (receiver->echoes)
            (void)sendto(receiver->handle, datagram, (size_t)length, 0,
                         (const struct sockaddr *)&from, from_bytes);
        if (length < HEADER || get_be(datagram, 4) != MARK) {
            receiver->foreign++;
            continue;
        }
        silent_since = monotonic_now();
        note_arrival(&receiver->arrivals, get_be(datagram + 4, 8), silent_since);
        total++;
    }
    return NULL;
}

static void report_receiver(const struct receiver *receiver)
{
    print_arrivals(&receiver->arrivals);
    fprintf(stderr, "longest silence: %llu ms, foreign datagrams: %llu\n",
            (unsigned long long)(receiver->arrivals.longest_silence /
                                 NANOSECONDS_PER_MILLISECOND),
            (unsigned long long)receiver->foreign);
}

static void report_sender(const struct sender *sender)
{
    printf("sent %llu, failed %llu\n", (unsigned long long)sender->sent,
           (unsigned long long)sender->failed);
    fprintf(stderr, "sent late: %llu\n", (unsigned long long)sender->late);
}

// Sender and receiver as two threads over the loopback.
static void self_test(struct sender sender, const char *title)
{
    struct receiver receiver = { .handle = open_udp_socket(), .idle_ms = 5000 };
    uint16_t port = bind_socket(receiver.handle, INADDR_LOOPBACK, 0);
    sender.target = ipv4_address(INADDR_LOOPBACK, port);
    receiver.expected = sender.count; // one lost and one doubled per twenty cancel out
    pthread_t receiving, sending;
    if ((errno = pthread_create(&receiving, NULL, run_receiver, &receiver)) != 0 ||
        (errno = pthread_create(&sending, NULL, run_sender, &sender)) != 0)
        system_failure("pthread_create");
    pthread_join(sending, NULL);
    pthread_join(receiving, NULL);
    close(receiver.handle);
    printf("%s:\n", title);
    report_sender(&sender);
    report_receiver(&receiver);
}

int main(int argc, char **argv)
{
    const char *to = NULL;
    uint64_t count = 0, bytes = 1200, rate = 25, port = 0, idle_ms = 0;
    uint64_t sessions = 0, updates = 100;
    bool testing = false, echoes = false;
    struct argument options[] = {
        { "to", ARGUMENT_TEXT, &to, 0, 0, "ADDR:PORT", "send to this IPv4 address", false },
        { "receive", ARGUMENT_NUMBER, &port, 1, UINT16_MAX, "PORT", "receive on this UDP port",
          false },
        { "count", ARGUMENT_NUMBER, &count, 0, UINT64_MAX, "N",
          "datagrams to send or to wait for, 0 = until a signal (0)", false },
        { "bytes", ARGUMENT_NUMBER, &bytes, HEADER, LARGEST_DATAGRAM, "N",
          "size of a datagram (1200)", false },
        { "rate", ARGUMENT_NUMBER, &rate, 1, 1000000, "N", "datagrams per second (25)", false },
        { "idle-ms", ARGUMENT_NUMBER, &idle_ms, 0, 3600000, "N",
          "receiver: end after this silence, 0 = never (0)", false },
        { "echo", ARGUMENT_FLAG, &echoes, 0, 0, NULL,
          "receiver: send everything back to where it came from", false },
        { "sessions", ARGUMENT_SIZE, &sessions, sizeof(struct session), UINT64_C(64) << 30, "SIZE",
          "receiver: memory for what is known of other viewers (none)", false },
        { "updates", ARGUMENT_NUMBER, &updates, 1, 1000000, "N",
          "receiver: sessions that each datagram changes (100)", false },
        { "self-test", ARGUMENT_FLAG, &testing, 0, 0, NULL, "both sides over the loopback",
          false },
    };
    struct argument_list list = { "streamer", "Sends or receives a steady stream of datagrams.",
                                  options, sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    if ((to != NULL) + (port != 0) + testing != 1)
        usage_error(&list, "give exactly one of --to, --receive and --self-test");
    if (echoes && port == 0)
        usage_error(&list, "--echo needs --receive");
    if (sessions != 0 && port == 0)
        usage_error(&list, "--sessions needs --receive");
    struct sender sender = { .count = count, .bytes = bytes, .rate = rate };
    if (to != NULL && !parse_endpoint(to, &sender.target))
        usage_error(&list, "--to: '%s' is not of the form 10.0.0.7:5004", to);
    stop_on_signals();

    if (testing) {
        if (sender.count == 0 || sender.count % 20 != 0)
            usage_error(&list, "--self-test needs --count, a multiple of 20");
        self_test(sender, "clean stream");
        sender.faults = WITH_FAULTS;
        self_test(sender, "stream with faults");
    } else if (to != NULL) {
        run_sender(&sender);
        report_sender(&sender);
    } else {
        struct receiver receiver = { .handle = open_udp_socket(), .expected = count,
                                     .idle_ms = idle_ms, .echoes = echoes };
        bind_socket(receiver.handle, INADDR_ANY, (uint16_t)port);
        if (sessions != 0)
            gather(&receiver.audience, sessions, updates);
        run_receiver(&receiver);
        report_receiver(&receiver);
    }
    return EXIT_SUCCESS;
}
