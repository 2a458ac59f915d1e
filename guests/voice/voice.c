// voice: one direction of a telephone call. Every 20 ms a packet with 160
// samples of a tone, encoded by the mu-law of G.711, leaves in an RTP-shaped
// datagram; the receiver counts losses and measures the jitter.
//
// A packet: byte 0x80 (version 2), byte 0 (payload type PCMU), 2 bytes
// sequence number, 4 bytes timestamp in samples, 4 bytes source, 160 samples.
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#include "../common/arguments.h"
#include "../common/arrivals.h"
#include "../common/clock.h"
#include "../common/network.h"
#include "../common/stop.h"

enum {
    SAMPLES_PER_SECOND = 8000,
    PACKETS_PER_SECOND = 50,
    FRAME = SAMPLES_PER_SECOND / PACKETS_PER_SECOND,
    HEADER = 12,
    PACKET = HEADER + FRAME,
    SOURCE = 0x766F6963,
    TABLE = 256,      // sine table entries, one full turn
    AMPLITUDE = 8000, // of 32767: a comfortable level
    TONE_HERTZ = 440,
    // Close to the end of 16 bits, so that every call soon wraps around.
    FIRST_SEQUENCE = 65500,
};

static int16_t sine_table[TABLE];

static void fill_sine_table(void)
{
    for (int i = 0; i < TABLE; i++)
        sine_table[i] = (int16_t)lrint(AMPLITUDE * sin(2 * M_PI * i / TABLE));
}

// The tone at a sample's number. The phase is a 32-bit fraction of a turn whose
// overflow is the wrap of the circle; its top eight bits choose the entry.
static int16_t tone_at(uint32_t sample)
{
    uint32_t step = (uint32_t)(((uint64_t)TONE_HERTZ << 32) / SAMPLES_PER_SECOND);
    return sine_table[(sample * step) >> 24];
}

// The mu-law keeps a sign, the position of the highest set bit (the "segment")
// and the four bits below it; a bias of 132 makes a segment start at a power
// of two. All bits are sent inverted.
static uint8_t mu_law_encode(int16_t sample)
{
    enum { BIAS = 132, CLIP = 32635 };
    int magnitude = sample < 0 ? -sample : sample;
    if (magnitude > CLIP)
        magnitude = CLIP;
    magnitude += BIAS;
    int segment = 31 - __builtin_clz((unsigned)magnitude) - 7;
    int below = (magnitude >> (segment + 3)) & 0x0F;
    return (uint8_t)~((sample < 0 ? 0x80 : 0) | segment << 4 | below);
}

static int16_t mu_law_decode(uint8_t code)
{
    int bits = (uint8_t)~code;
    int magnitude = (((bits & 0x0F) << 3) + 132) << (bits >> 4 & 7);
    return (int16_t)(bits & 0x80 ? 132 - magnitude : magnitude - 132);
}

struct caller {
    struct sockaddr_in target;
    uint64_t packets; // 0 = until a signal
    uint64_t drop_every; // self-test: lose each n-th packet on purpose, 0 = none
    uint64_t sent, failed, late;
};

struct listener {
    int handle;
    uint64_t expected, idle_ms;
    struct arrivals arrivals;
    uint64_t highest_extended; // sequence number with the wraps counted in
    double jitter;             // in samples, by the formula of RFC 3550 section 6.4.1
    double largest_jitter;
    int64_t previous_transit;
    uint64_t foreign, wrong_payload, squares;
};

static void *run_caller(void *argument)
{
    struct caller *caller = argument;
    int handle = open_udp_socket();
    uint64_t start = monotonic_now();
    for (uint64_t i = 0; (caller->packets == 0 || i < caller->packets) && !stop_requested(); i++) {
        uint64_t due = due_time(start, i, PACKETS_PER_SECOND);
        if (sleep_until(due) != 0)
            continue;
        if (monotonic_now() - due >= NANOSECONDS_PER_SECOND / PACKETS_PER_SECOND)
            caller->late++;
        if (caller->drop_every && i % caller->drop_every == caller->drop_every / 2)
            continue;
        unsigned char packet[PACKET] = { 0x80, 0 };
        uint32_t timestamp = (uint32_t)(i * FRAME);
        put_be(packet + 2, FIRST_SEQUENCE + i, 2);
        put_be(packet + 4, timestamp, 4);
        put_be(packet + 8, SOURCE, 4);
        for (uint32_t k = 0; k < FRAME; k++)
            packet[HEADER + k] = mu_law_encode(tone_at(timestamp + k));
        ssize_t sent = sendto(handle, packet, sizeof packet, 0,
                              (const struct sockaddr *)&caller->target, sizeof caller->target);
        if (sent == PACKET)
            caller->sent++;
        else
            caller->failed++;
    }
    close(handle);
    return NULL;
}

// Extends 16 bits to the number nearest to the highest one seen so far.
static uint64_t extend_sequence(struct listener *listener, uint16_t sequence)
{
    if (listener->arrivals.received == 0)
        // Starting one turn up leaves room for packets from before the first.
        listener->highest_extended = 0x10000 + (uint64_t)sequence;
    int16_t ahead = (int16_t)(sequence - (uint16_t)listener->highest_extended);
    uint64_t extended = listener->highest_extended + (uint64_t)(int64_t)ahead;
    if (ahead > 0)
        listener->highest_extended = extended;
    return extended;
}

static void note_packet(struct listener *listener, const unsigned char *packet, uint64_t now)
{
    uint32_t timestamp = (uint32_t)get_be(packet + 4, 4);
    // Transit time up to a constant: arrival in samples minus timestamp. Only
    // the change between two packets counts, so the clocks need not agree.
    int64_t arrival = (int64_t)(now / (NANOSECONDS_PER_SECOND / SAMPLES_PER_SECOND));
    int64_t transit = arrival - timestamp;
    if (listener->arrivals.received > 0) {
        double change = fabs((double)(int32_t)(transit - listener->previous_transit));
        listener->jitter += (change - listener->jitter) / 16;
        if (listener->jitter > listener->largest_jitter)
            listener->largest_jitter = listener->jitter;
    }
    listener->previous_transit = transit;
    note_arrival(&listener->arrivals,
                 extend_sequence(listener, (uint16_t)get_be(packet + 2, 2)), now);

    bool wrong = false;
    for (uint32_t k = 0; k < FRAME; k++) {
        int decoded = mu_law_decode(packet[HEADER + k]);
        listener->squares += (uint64_t)(decoded * decoded);
        // Half a step of the segment is the error that the mu-law allows.
        int meant = tone_at(timestamp + k);
        wrong |= abs(decoded - meant) > 4 + abs(meant) / 32;
    }
    listener->wrong_payload += wrong;
}

static void *run_listener(void *argument)
{
    struct listener *listener = argument;
    uint64_t total = 0, silent_since = monotonic_now();
    while (!stop_requested() && (listener->expected == 0 || total < listener->expected)) {
        struct pollfd waiting = { .fd = listener->handle, .events = POLLIN };
        int ready = poll(&waiting, 1, 100);
        if (ready <= 0) {
            uint64_t silence = monotonic_now() - silent_since;
            if (listener->idle_ms != 0 && total > 0 &&
                silence > listener->idle_ms * NANOSECONDS_PER_MILLISECOND)
                break;
            continue;
        }
        unsigned char packet[PACKET + 1]; // one more shows that a packet is too long
        ssize_t length = recv(listener->handle, packet, sizeof packet, MSG_DONTWAIT);
        if (length < 0)
            continue;
        if (length != PACKET || packet[0] != 0x80 || (packet[1] & 0x7F) != 0) {
            listener->foreign++;
            continue;
        }
        silent_since = monotonic_now();
        note_packet(listener, packet, silent_since);
        total++;
    }
    return NULL;
}

static void report_caller(const struct caller *caller)
{
    printf("sent %llu, failed %llu\n", (unsigned long long)caller->sent,
           (unsigned long long)caller->failed);
    fprintf(stderr, "sent late: %llu\n", (unsigned long long)caller->late);
}

static void report_listener(const struct listener *listener)
{
    print_arrivals(&listener->arrivals);
    double samples = (double)listener->arrivals.received * FRAME;
    printf("wrong payloads %llu, level %.0f\n", (unsigned long long)listener->wrong_payload,
           samples > 0 ? sqrt((double)listener->squares / samples) : 0.0);
    const double per_ms = SAMPLES_PER_SECOND / 1000.0;
    fprintf(stderr, "jitter: %.2f ms (largest %.2f ms), longest silence: %llu ms, foreign: %llu\n",
            listener->jitter / per_ms, listener->largest_jitter / per_ms,
            (unsigned long long)(listener->arrivals.longest_silence /
                                 NANOSECONDS_PER_MILLISECOND),
            (unsigned long long)listener->foreign);
}

static void self_test(uint64_t packets, uint64_t drop_every, const char *title)
{
    struct caller caller = { .packets = packets, .drop_every = drop_every };
    struct listener listener = { .handle = open_udp_socket(), .idle_ms = 5000 };
    uint16_t port = bind_socket(listener.handle, INADDR_LOOPBACK, 0);
    caller.target = ipv4_address(INADDR_LOOPBACK, port);
    listener.expected = packets - (drop_every ? packets / drop_every : 0);
    pthread_t listening, calling;
    if ((errno = pthread_create(&listening, NULL, run_listener, &listener)) != 0 ||
        (errno = pthread_create(&calling, NULL, run_caller, &caller)) != 0)
        system_failure("pthread_create");
    pthread_join(calling, NULL);
    pthread_join(listening, NULL);
    close(listener.handle);
    printf("%s:\n", title);
    report_caller(&caller);
    report_listener(&listener);
}

int main(int argc, char **argv)
{
    const char *to = NULL;
    uint64_t port = 0, seconds = 0, idle_ms = 0;
    bool testing = false;
    struct argument options[] = {
        { "to", ARGUMENT_TEXT, &to, 0, 0, "ADDR:PORT", "call this IPv4 address", false },
        { "receive", ARGUMENT_NUMBER, &port, 1, UINT16_MAX, "PORT", "listen on this UDP port",
          false },
        { "seconds", ARGUMENT_NUMBER, &seconds, 0, 1000000000, "N",
          "length of the call, 0 = until a signal (0)", false },
        { "idle-ms", ARGUMENT_NUMBER, &idle_ms, 0, 3600000, "N",
          "listener: end after this silence, 0 = never (0)", false },
        { "self-test", ARGUMENT_FLAG, &testing, 0, 0, NULL, "both sides over the loopback",
          false },
    };
    struct argument_list list = { "voice", "Sends or receives one direction of a call.", options,
                                  sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    if ((to != NULL) + (port != 0) + testing != 1)
        usage_error(&list, "give exactly one of --to, --receive and --self-test");
    struct caller caller = { .packets = seconds * PACKETS_PER_SECOND };
    if (to != NULL && !parse_endpoint(to, &caller.target))
        usage_error(&list, "--to: '%s' is not of the form 10.0.0.7:5004", to);
    stop_on_signals();
    fill_sine_table();

    if (testing) {
        if (seconds != 0)
            usage_error(&list, "--self-test has a fixed length, it takes no --seconds");
        self_test(PACKETS_PER_SECOND, 0, "clean call"); // one second, across the wrap
        self_test(PACKETS_PER_SECOND / 2, 5, "call with losses");
    } else if (to != NULL) {
        run_caller(&caller);
        report_caller(&caller);
    } else {
        struct listener listener = { .handle = open_udp_socket(),
                                     .expected = seconds * PACKETS_PER_SECOND,
                                     .idle_ms = idle_ms };
        bind_socket(listener.handle, INADDR_ANY, (uint16_t)port);
        run_listener(&listener);
        report_listener(&listener);
    }
    return EXIT_SUCCESS;
}
