// The key-value server: commands and the event loop.
//
// One thread serves all clients. Sockets never block; epoll says which one can
// go on. A client that does not read its replies is not served any further
// until it does, so that its replies cannot fill the memory.
#ifndef KVSTORE_SERVER_H
#define KVSTORE_SERVER_H

#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "../common/network.h"
#include "protocol.h"

enum {
    READ_STEP = 64 << 10,
    MAX_UNREAD_REPLIES = 1 << 20,
    EVENTS_PER_ROUND = 64,
};

struct client {
    int handle;
    struct buffer in, out;
    uint32_t watched;  // the events asked of epoll
    bool ending;       // close when all replies are sent
    bool input_closed; // the other side will send no more
    struct client *previous, *next;
};

struct server {
    int listener, events;
    int stop; // an eventfd: writing to it ends the loop, from a signal handler too
    uint16_t port;
    bool stopping;
    struct table table;
    struct client *clients;
    uint64_t client_count, connections, commands;
    struct request request; // large, and only used within one call
};

// ---- commands -------------------------------------------------------------

typedef void command_function(struct server *server, struct client *client,
                              const struct slice *words, size_t count);

static const struct slice NOTHING = { "", 0 };

static void reply_ok(struct client *client)
{
    reply_line(&client->out, "+OK");
}

static void reply_no_memory(struct client *client)
{
    reply_line(&client->out, "-OOM command not allowed when used memory > 'maxmemory'.");
}

static void command_ping(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    (void)server;
    if (count > 1)
        reply_bulk(&client->out, words[1]);
    else
        reply_line(&client->out, "+PONG");
}

static void command_echo(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    (void)server, (void)count;
    reply_bulk(&client->out, words[1]);
}

static void command_set(struct server *server, struct client *client,
                        const struct slice *words, size_t count)
{
    (void)count;
    if (table_set(&server->table, words[1], words[2], NOTHING))
        reply_ok(client);
    else
        reply_no_memory(client);
}

static void reply_value(struct server *server, struct client *client, struct slice key)
{
    const struct entry *entry = table_find(&server->table, key);
    if (entry != NULL)
        reply_bulk(&client->out, entry_value(entry));
    else
        reply_missing(&client->out);
}

static void command_get(struct server *server, struct client *client,
                        const struct slice *words, size_t count)
{
    (void)count;
    reply_value(server, client, words[1]);
}

static void command_mget(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    reply_line(&client->out, "*%zu", count - 1);
    for (size_t i = 1; i < count; i++)
        reply_value(server, client, words[i]);
}

static void command_mset(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    if (count % 2 == 0) {
        reply_line(&client->out, "-ERR wrong number of arguments for 'mset' command");
        return;
    }
    for (size_t i = 1; i < count; i += 2)
        if (!table_set(&server->table, words[i], words[i + 1], NOTHING)) {
            reply_no_memory(client);
            return;
        }
    reply_ok(client);
}

static void command_del(struct server *server, struct client *client,
                        const struct slice *words, size_t count)
{
    long long removed = 0;
    for (size_t i = 1; i < count; i++)
        removed += table_remove(&server->table, words[i]);
    reply_number(&client->out, removed);
}

static void command_exists(struct server *server, struct client *client,
                           const struct slice *words, size_t count)
{
    long long found = 0;
    for (size_t i = 1; i < count; i++)
        found += table_find(&server->table, words[i]) != NULL;
    reply_number(&client->out, found);
}

static void command_incr(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    (void)count;
    long long number = 0;
    const struct entry *entry = table_find(&server->table, words[1]);
    if (entry != NULL && !slice_to_number(entry_value(entry), &number)) {
        reply_line(&client->out, "-ERR value is not an integer or out of range");
        return;
    }
    if (number == LLONG_MAX) {
        reply_line(&client->out, "-ERR increment or decrement would overflow");
        return;
    }
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", ++number);
    if (table_set(&server->table, words[1], (struct slice){ text, (size_t)length }, NOTHING))
        reply_number(&client->out, number);
    else
        reply_no_memory(client);
}

static void command_append(struct server *server, struct client *client,
                           const struct slice *words, size_t count)
{
    (void)count;
    const struct entry *entry = table_find(&server->table, words[1]);
    struct slice value = entry ? entry_value(entry) : NOTHING;
    if (value.length + words[2].length > MAX_REQUEST)
        reply_line(&client->out, "-ERR string exceeds maximum allowed size");
    else if (table_set(&server->table, words[1], value, words[2]))
        reply_number(&client->out, (long long)(value.length + words[2].length));
    else
        reply_no_memory(client);
}

static void command_dbsize(struct server *server, struct client *client,
                           const struct slice *words, size_t count)
{
    (void)words, (void)count;
    reply_number(&client->out, (long long)server->table.entries);
}

static void command_flushall(struct server *server, struct client *client,
                             const struct slice *words, size_t count)
{
    (void)words, (void)count;
    table_clear(&server->table);
    reply_ok(client);
}

static void command_info(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    (void)words, (void)count;
    char text[512];
    int length = snprintf(text, sizeof text,
                          "# Server\r\ntcp_port:%u\r\n"
                          "# Clients\r\nconnected_clients:%llu\r\n"
                          "# Memory\r\nused_memory:%llu\r\nmaxmemory:%llu\r\n"
                          "# Stats\r\ntotal_connections_received:%llu\r\n"
                          "total_commands_processed:%llu\r\n"
                          "# Keyspace\r\ndb0:keys=%zu\r\n",
                          server->port, (unsigned long long)server->client_count,
                          (unsigned long long)server->table.bytes,
                          (unsigned long long)server->table.max_bytes,
                          (unsigned long long)server->connections,
                          (unsigned long long)server->commands, server->table.entries);
    reply_bulk(&client->out, (struct slice){ text, (size_t)length });
}

// Interactive clients ask for the list of commands; none is a valid answer.
static void command_command(struct server *server, struct client *client,
                            const struct slice *words, size_t count)
{
    (void)server, (void)words, (void)count;
    reply_line(&client->out, "*0");
}

static void command_quit(struct server *server, struct client *client,
                         const struct slice *words, size_t count)
{
    (void)server, (void)words, (void)count;
    reply_ok(client);
    client->ending = true;
}

// No reply, as the protocol has it: the closed connection is the answer.
static void command_shutdown(struct server *server, struct client *client,
                             const struct slice *words, size_t count)
{
    (void)words, (void)count;
    server->stopping = true;
    client->ending = true;
}

static const struct {
    const char *name;
    size_t fewest, most; // words including the name
    command_function *function;
} commands[] = {
    { "PING", 1, 2, command_ping },
    { "ECHO", 2, 2, command_echo },
    { "SET", 3, 3, command_set },
    { "GET", 2, 2, command_get },
    { "DEL", 2, MAX_ARGUMENTS, command_del },
    { "EXISTS", 2, MAX_ARGUMENTS, command_exists },
    { "INCR", 2, 2, command_incr },
    { "DBSIZE", 1, 1, command_dbsize },
    { "APPEND", 3, 3, command_append },
    { "MSET", 3, MAX_ARGUMENTS, command_mset },
    { "MGET", 2, MAX_ARGUMENTS, command_mget },
    { "FLUSHALL", 1, 2, command_flushall },
    { "INFO", 1, 2, command_info },
    { "COMMAND", 1, MAX_ARGUMENTS, command_command },
    { "QUIT", 1, 1, command_quit },
    { "SHUTDOWN", 1, 2, command_shutdown },
};

static void run_command(struct server *server, struct client *client,
                        const struct request *request)
{
    struct slice name = request->words[0];
    // Shown in error replies; anything unprintable must not break their line.
    char shown[64];
    size_t length = name.length < sizeof shown - 1 ? name.length : sizeof shown - 1;
    for (size_t i = 0; i < length; i++)
        shown[i] = name.bytes[i] >= ' ' && name.bytes[i] <= '~' ? name.bytes[i] : '?';
    shown[length] = '\0';

    server->commands++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strlen(commands[i].name) != name.length ||
            strncasecmp(commands[i].name, name.bytes, name.length) != 0)
            continue;
        if (request->count < commands[i].fewest || request->count > commands[i].most)
            reply_line(&client->out, "-ERR wrong number of arguments for '%s' command", shown);
        else
            commands[i].function(server, client, request->words, request->count);
        return;
    }
    reply_line(&client->out, "-ERR unknown command '%s'", shown);
}

// ---- event loop -----------------------------------------------------------

static void set_nonblocking(int handle)
{
    int flags = fcntl(handle, F_GETFL);
    if (flags < 0 || fcntl(handle, F_SETFL, flags | O_NONBLOCK) != 0)
        system_failure("fcntl");
}

static void watch(struct server *server, int operation, int handle, uint32_t events, void *who)
{
    struct epoll_event event = { .events = events, .data.ptr = who };
    if (epoll_ctl(server->events, operation, handle, &event) != 0)
        system_failure("epoll_ctl");
}

static void server_open(struct server *server, uint32_t address, uint16_t port,
                        uint64_t max_bytes)
{
    *server = (struct server){ 0 };
    if (!table_begin(&server->table, max_bytes))
        system_failure("calloc");
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0)
        system_failure("socket");
    int on = 1;
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    server->port = bind_socket(server->listener, address, port);
    if (listen(server->listener, 128) != 0)
        system_failure("listen");
    set_nonblocking(server->listener);
    server->events = epoll_create1(EPOLL_CLOEXEC);
    server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->events < 0 || server->stop < 0)
        system_failure("epoll_create1 or eventfd");
    // What is not a client is told apart by where its data pointer points to.
    watch(server, EPOLL_CTL_ADD, server->listener, EPOLLIN, &server->listener);
    watch(server, EPOLL_CTL_ADD, server->stop, EPOLLIN, &server->stop);
}

static void close_client(struct server *server, struct client *client)
{
    if (client->previous)
        client->previous->next = client->next;
    else
        server->clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    close(client->handle); // which also removes it from epoll
    buffer_free(&client->in);
    buffer_free(&client->out);
    free(client);
    server->client_count--;
}

static void accept_clients(struct server *server)
{
    for (;;) {
        int handle = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (handle < 0)
            return; // no more are waiting, or this one has gone already
        struct client *client = calloc(1, sizeof *client);
        if (client == NULL) {
            close(handle);
            return;
        }
        int on = 1;
        setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client->handle = handle;
        client->watched = EPOLLIN;
        client->next = server->clients;
        if (client->next)
            client->next->previous = client;
        server->clients = client;
        server->client_count++;
        server->connections++;
        watch(server, EPOLL_CTL_ADD, handle, EPOLLIN, client);
    }
}

// Runs what has arrived completely. True when more could be done if only the
// client read its replies, false when there is nothing more to do for now.
static bool run_requests(struct server *server, struct client *client)
{
    struct request *request = &server->request;
    while (!client->ending && !server->stopping) {
        if (buffer_length(&client->out) >= MAX_UNREAD_REPLIES)
            return true;
        struct slice input = { client->in.bytes + client->in.start, buffer_length(&client->in) };
        enum parse_result result = parse_request(input, request);
        if (result == PARSE_INCOMPLETE)
            return false;
        if (result == PARSE_ERROR) {
            reply_line(&client->out, "-ERR Protocol error: %s", request->error);
            client->ending = true;
            return false;
        }
        if (request->count > 0)
            run_command(server, client, request);
        buffer_consume(&client->in, request->consumed);
    }
    return false;
}

// False when the connection is broken.
static bool send_replies(struct client *client)
{
    while (buffer_length(&client->out) > 0) {
        ssize_t sent = send(client->handle, client->out.bytes + client->out.start,
                            buffer_length(&client->out), MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        buffer_consume(&client->out, (size_t)sent);
    }
    return true;
}

// False when the connection is broken.
static bool read_input(struct client *client)
{
    // One step per event: with epoll telling again, no client starves others.
    buffer_reserve(&client->in, READ_STEP);
    ssize_t got = recv(client->handle, client->in.bytes + client->in.end, READ_STEP, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    client->in.end += (size_t)got;
    client->input_closed = got == 0;
    return true;
}

static void serve_client(struct server *server, struct client *client, uint32_t happened)
{
    bool alive = true;
    if (client->watched & EPOLLIN & happened)
        alive = read_input(client);
    else if (happened & (EPOLLERR | EPOLLHUP))
        alive = false;
    // Sending makes room for more replies, as long as the socket takes them.
    bool more = true;
    while (alive && more) {
        more = run_requests(server, client);
        alive = send_replies(client);
        more = more && buffer_length(&client->out) < MAX_UNREAD_REPLIES;
    }
    bool finished = client->ending || client->input_closed;
    if (!alive || (finished && buffer_length(&client->out) == 0)) {
        close_client(server, client);
        return;
    }
    uint32_t wanted = buffer_length(&client->out) > 0 ? EPOLLOUT : EPOLLIN;
    if (wanted != client->watched) {
        client->watched = wanted;
        watch(server, EPOLL_CTL_MOD, client->handle, wanted, client);
    }
}

static void server_run(struct server *server)
{
    struct epoll_event happened[EVENTS_PER_ROUND];
    while (!server->stopping) {
        int count = epoll_wait(server->events, happened, EVENTS_PER_ROUND, -1);
        if (count < 0 && errno != EINTR)
            system_failure("epoll_wait");
        for (int i = 0; i < count && !server->stopping; i++) {
            void *who = happened[i].data.ptr;
            if (who == &server->stop)
                server->stopping = true;
            else if (who == &server->listener)
                accept_clients(server);
            else
                serve_client(server, who, happened[i].events);
        }
    }
    while (server->clients != NULL)
        close_client(server, server->clients);
    close(server->listener);
    close(server->events);
    close(server->stop);
    table_end(&server->table);
}

#endif
