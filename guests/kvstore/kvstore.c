// kvstore: a key-value store in memory that speaks a subset of the RESP2
// protocol, so that any Redis client can talk to it. It is the guest that
// holds both memory and open TCP connections.
//
// table.h is the hash table, protocol.h the wire format, server.h the commands
// and the event loop; here are the command line and the self-test.
#define _GNU_SOURCE // for accept4

#include <pthread.h>
#include <signal.h>

#include "server.h"

// ---- self-test: a client that drives the server over the loopback ----------

struct connection {
    int handle;
    struct buffer in;
};

static struct connection test_connect(uint16_t port)
{
    struct connection connection = { .handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in address = ipv4_address(INADDR_LOOPBACK, port);
    if (connection.handle < 0 ||
        connect(connection.handle, (struct sockaddr *)&address, sizeof address) != 0)
        system_failure("connect");
    // Without this, small requests sent in two parts would wait for each other.
    int on = 1;
    setsockopt(connection.handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connection;
}

static void test_disconnect(struct connection *connection)
{
    close(connection->handle);
    buffer_free(&connection->in);
}

static void test_send(struct connection *connection, const void *bytes, size_t length)
{
    const char *position = bytes;
    while (length > 0) {
        ssize_t sent = send(connection->handle, position, length, MSG_NOSIGNAL);
        if (sent < 0)
            system_failure("send");
        position += sent;
        length -= (size_t)sent;
    }
}

// False at the end of the connection.
static bool test_receive_more(struct connection *connection)
{
    buffer_reserve(&connection->in, READ_STEP);
    ssize_t got = recv(connection->handle, connection->in.bytes + connection->in.end, READ_STEP,
                       0);
    if (got < 0)
        system_failure("recv");
    connection->in.end += (size_t)got;
    return got > 0;
}

// Reads one reply and shows it on one line: "a" for a bulk string, (nil) for a
// missing one, [..] for an array. With `shown` NULL the reply is only skipped.
static bool test_reply(struct connection *connection, FILE *shown)
{
    struct slice line;
    for (;;) {
        size_t used = 0;
        struct slice input = { connection->in.bytes + connection->in.start,
                               buffer_length(&connection->in) };
        if (next_line(input, &used, &line)) {
            char type = line.bytes[0];
            long long length = 0;
            slice_to_number((struct slice){ line.bytes + 1, line.length - 1 }, &length);
            if (type == '$' && length >= 0) {
                if (input.length < used + (size_t)length + 2) {
                    if (!test_receive_more(connection))
                        return false;
                    continue;
                }
                if (shown)
                    fprintf(shown, "\"%.*s\"", (int)length, input.bytes + used);
                used += (size_t)length + 2;
            } else if (shown && type == '$') {
                fprintf(shown, "(nil)");
            } else if (shown && type != '*') {
                fprintf(shown, "%.*s", (int)line.length, line.bytes);
            }
            buffer_consume(&connection->in, used);
            if (type != '*')
                return true;
            if (shown)
                fputc('[', shown);
            for (long long i = 0; i < length; i++) {
                if (shown && i > 0)
                    fputs(", ", shown);
                if (!test_reply(connection, shown))
                    return false;
            }
            if (shown)
                fputc(']', shown);
            return true;
        }
        if (!test_receive_more(connection))
            return false;
    }
}

static void say(struct connection *connection, const char *request)
{
    test_send(connection, request, strlen(request));
    test_send(connection, "\r\n", 2);
    printf("> %s\n< ", request);
    if (!test_reply(connection, stdout))
        printf("(connection closed)");
    printf("\n");
}

// A request as an array of counted strings; `body` may hold any bytes.
static void add_request(struct buffer *out, const char *command, const char *key,
                        struct slice body)
{
    struct slice words[] = { { command, strlen(command) }, { key, strlen(key) }, body };
    size_t count = body.bytes ? 3 : 2;
    reply_line(out, "*%zu", count); // requests and replies look the same
    for (size_t i = 0; i < count; i++)
        reply_bulk(out, words[i]);
}

static void test_transcript(uint16_t port)
{
    struct connection connection = test_connect(port);
    static const char *const requests[] = {
        "PING", "ping hello", "ECHO \"two words\"", "SET name Ada", "GET name", "GET nobody",
        "APPEND name \" Lovelace\"", "GET name", "EXISTS name nobody name", "INCR visits",
        "INCR visits", "INCR name", "SET top 9223372036854775807", "INCR top",
        "MSET a 1 b 2 c 3", "MSET a 1 b", "MGET a nobody c", "DBSIZE", "DEL a b nobody",
        "DBSIZE", "COMMAND DOCS", "GET", "SET too many words here", "LPUSH list x", "FLUSHALL",
        "DBSIZE",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        say(&connection, requests[i]);
    say(&connection, "QUIT");
    printf("%s\n", test_receive_more(&connection) ? "(still open)" : "(closed)");
    test_disconnect(&connection);
}

static void test_protocol_errors(uint16_t port)
{
    static const char *const requests[] = {
        "*x", "*99999999", "*1\r\n!4", "*1\r\n$-5", "*1\r\n$99999999", "ECHO \"open",
    };
    printf("protocol errors:\n");
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct connection connection = test_connect(port);
        test_send(&connection, requests[i], strlen(requests[i]));
        test_send(&connection, "\r\n", 2);
        test_reply(&connection, stdout);
        printf("%s\n", test_receive_more(&connection) ? " (still open)" : " (closed)");
        test_disconnect(&connection);
    }
}

// Many requests in one go, and enough keys to make the table grow several
// times while it is used; then the same requests byte by byte.
static void test_pipeline(uint16_t port)
{
    enum { KEYS = 3000 };
    struct connection connection = test_connect(port);
    struct buffer out = { 0 };
    char key[32], value[64];
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "key:%d", i);
        int length = snprintf(value, sizeof value, "value %d of the pipeline", i * i % 1009);
        add_request(&out, "SET", key, (struct slice){ value, (size_t)length });
    }
    test_send(&connection, out.bytes + out.start, buffer_length(&out));
    buffer_free(&out);
    for (int i = 0; i < KEYS; i++)
        test_reply(&connection, NULL);

    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "key:%d", i);
        add_request(&out, i % 3 == 0 ? "DEL" : "GET", key, (struct slice){ NULL, 0 });
    }
    test_send(&connection, out.bytes + out.start, buffer_length(&out));
    buffer_free(&out);
    int right = 0;
    for (int i = 0; i < KEYS; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *shown = open_memstream(&text, &size);
        test_reply(&connection, shown);
        fclose(shown);
        snprintf(value, sizeof value, "\"value %d of the pipeline\"", i * i % 1009);
        right += strcmp(text, i % 3 == 0 ? ":1" : value) == 0;
        free(text);
    }
    printf("pipeline: %d of %d replies right\n", right, KEYS);
    say(&connection, "DBSIZE");

    static const char slowly[] = "*3\r\n$3\r\nSET\r\n$4\r\nslow\r\n$7\r\na\r\nb\r\nc\r\n";
    for (size_t i = 0; i < sizeof slowly - 1; i++)
        test_send(&connection, slowly + i, 1);
    printf("byte by byte: ");
    test_reply(&connection, stdout);
    printf("\n");
    say(&connection, "APPEND slow !");
    test_disconnect(&connection);
}

// A client asks for more replies than the server is willing to hold and reads
// only afterwards; another thread sends, as neither side may block the other.
static void *send_greedy_requests(void *argument)
{
    struct connection *connection = argument;
    for (int i = 0; i < 100; i++)
        test_send(connection, "GET big\r\n", 9);
    return NULL;
}

static void test_slow_reader(uint16_t port)
{
    enum { SIZE = 100000 };
    struct connection connection = test_connect(port);
    struct buffer out = { 0 };
    char *big = malloc(SIZE);
    memset(big, 'x', SIZE);
    add_request(&out, "SET", "big", (struct slice){ big, SIZE });
    test_send(&connection, out.bytes + out.start, buffer_length(&out));
    test_reply(&connection, NULL);
    buffer_free(&out);
    free(big);

    pthread_t sending;
    errno = pthread_create(&sending, NULL, send_greedy_requests, &connection);
    if (errno != 0)
        system_failure("pthread_create");
    pthread_join(sending, NULL);
    uint64_t total = 0;
    for (int i = 0; i < 100; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *shown = open_memstream(&text, &size);
        test_reply(&connection, shown);
        fclose(shown);
        total += size - 2; // without the quotes
        free(text);
    }
    printf("slow reader: %llu bytes\n", (unsigned long long)total);
    test_disconnect(&connection);
}

// Fills the store up to its limit; what was there must survive the refusal.
static void test_memory_limit(uint16_t port)
{
    struct connection connection = test_connect(port);
    say(&connection, "FLUSHALL");
    char block[10000], key[32];
    memset(block, 'm', sizeof block);
    int stored = 0;
    for (bool accepted = true; accepted;) {
        struct buffer out = { 0 };
        snprintf(key, sizeof key, "block:%d", stored);
        add_request(&out, "SET", key, (struct slice){ block, sizeof block });
        test_send(&connection, out.bytes + out.start, buffer_length(&out));
        buffer_free(&out);
        char *text = NULL;
        size_t size = 0;
        FILE *shown = open_memstream(&text, &size);
        test_reply(&connection, shown);
        fclose(shown);
        accepted = strcmp(text, "+OK") == 0;
        if (!accepted)
            printf("memory limit after %d blocks: %s\n", stored, text);
        stored += accepted;
        free(text);
    }
    say(&connection, "DBSIZE");
    say(&connection, "EXISTS block:0 block:1");
    say(&connection, "DEL block:0");
    say(&connection, "SET small again");
    test_disconnect(&connection);
}

// Several clients count up the same number at the same time.
static void *count_up(void *argument)
{
    uint16_t port = *(uint16_t *)argument;
    struct connection connection = test_connect(port);
    for (int i = 0; i < 50; i++) {
        test_send(&connection, "INCR shared\r\n", 13);
        test_reply(&connection, NULL);
    }
    test_disconnect(&connection);
    return NULL;
}

static void test_many_clients(uint16_t port)
{
    enum { CLIENTS = 8 };
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        if ((errno = pthread_create(&threads[i], NULL, count_up, &port)) != 0)
            system_failure("pthread_create");
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    struct connection connection = test_connect(port);
    say(&connection, "GET shared");
    say(&connection, "SHUTDOWN");
    test_disconnect(&connection);
}

static void *run_client_side(void *argument)
{
    uint16_t port = *(uint16_t *)argument;
    test_transcript(port);
    test_protocol_errors(port);
    test_pipeline(port);
    test_slow_reader(port);
    test_memory_limit(port);
    test_many_clients(port);
    return NULL;
}

static void *run_server_side(void *argument)
{
    server_run(argument);
    return NULL;
}

// ---- program ----------------------------------------------------------------

static struct server server;

// Writing to an eventfd is allowed in a signal handler and wakes the loop.
static void stop_server(int number)
{
    (void)number;
    int saved = errno;
    uint64_t one = 1;
    ssize_t ignored = write(server.stop, &one, sizeof one);
    (void)ignored;
    errno = saved;
}

static void self_test(uint64_t max_bytes)
{
    server_open(&server, INADDR_LOOPBACK, 0, max_bytes);
    uint16_t port = server.port;
    pthread_t serving, driving;
    if ((errno = pthread_create(&serving, NULL, run_server_side, &server)) != 0 ||
        (errno = pthread_create(&driving, NULL, run_client_side, &port)) != 0)
        system_failure("pthread_create");
    pthread_join(driving, NULL);
    pthread_join(serving, NULL);
    printf("server ended after %llu connections and %llu commands\n",
           (unsigned long long)server.connections, (unsigned long long)server.commands);
}

int main(int argc, char **argv)
{
    uint64_t port = 6379, max_bytes = UINT64_C(64) << 20;
    const char *bind_to = "0.0.0.0";
    bool testing = false;
    struct argument options[] = {
        { "port", ARGUMENT_NUMBER, &port, 1, UINT16_MAX, "N", "TCP port (6379)", false },
        { "bind", ARGUMENT_TEXT, &bind_to, 0, 0, "ADDR", "IPv4 address (0.0.0.0)", false },
        { "max-bytes", ARGUMENT_SIZE, &max_bytes, 4096, UINT64_C(64) << 30, "SIZE",
          "memory for keys and values (64M)", false },
        { "self-test", ARGUMENT_FLAG, &testing, 0, 0, NULL,
          "drive the server by an own client, then end", false },
    };
    struct argument_list list = { "kvstore", "Keeps keys and values in memory, spoken to by RESP2.",
                                  options, sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    struct in_addr address;
    if (inet_pton(AF_INET, bind_to, &address) != 1)
        usage_error(&list, "--bind: '%s' is not an IPv4 address", bind_to);

    if (testing) {
        if (!options[2].given)
            max_bytes = UINT64_C(2) << 20; // soon full
        else if (max_bytes < UINT64_C(1) << 20)
            usage_error(&list, "--self-test needs at least --max-bytes 1M");
        self_test(max_bytes);
        return EXIT_SUCCESS;
    }

    server_open(&server, ntohl(address.s_addr), (uint16_t)port, max_bytes);
    struct sigaction action = { .sa_handler = stop_server };
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    fprintf(stderr, "listening on %s:%u\n", bind_to, server.port);
    server_run(&server);
    fprintf(stderr, "ended after %llu connections and %llu commands\n",
            (unsigned long long)server.connections, (unsigned long long)server.commands);
    return EXIT_SUCCESS;
}
