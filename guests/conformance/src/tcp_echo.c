// TCP over the loopback: several clients at once, half-closed connections,
// refused ones, options, and more data than any buffer holds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/show.h"

enum { CLIENTS = 8, BULK = 300000 };

static struct sockaddr_in address;

static int listen_anywhere(void)
{
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    address = (struct sockaddr_in){ .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    need(bind(handle, (struct sockaddr *)&address, size) == 0 && listen(handle, 16) == 0 &&
             getsockname(handle, (struct sockaddr *)&address, &size) == 0,
         "listen");
    return handle;
}

static int connect_there(void)
{
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(handle, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return handle;
}

static void *echo_one(void *argument)
{
    int handle = (int)(intptr_t)argument;
    char bytes[5000];
    ssize_t length;
    while ((length = read(handle, bytes, sizeof bytes)) > 0)
        for (ssize_t sent = 0; sent < length;) {
            ssize_t part = write(handle, bytes + sent, (size_t)(length - sent));
            need(part > 0, "echo");
            sent += part;
        }
    // The client has ended its side; ours still works.
    need(send(handle, "bye", 3, 0) == 3, "send");
    close(handle);
    return NULL;
}

static void *serve(void *argument)
{
    int listening = *(int *)argument;
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        int handle = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        need(handle >= 0, "accept4");
        pthread_create(&threads[i], NULL, echo_one, (void *)(intptr_t)handle);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    return NULL;
}

struct client {
    int number;
    uint64_t sent_sum, received_sum;
    size_t received;
    char tail[3];
};

static void *send_bulk(void *argument)
{
    int *handle = argument;
    static _Thread_local unsigned char bytes[BULK];
    uint64_t state = (uint64_t)handle[1];
    for (int i = 0; i < BULK; i++)
        bytes[i] = (unsigned char)scramble(&state);
    for (int sent = 0; sent < BULK;) {
        ssize_t part = write(handle[0], bytes + sent, BULK - (size_t)sent);
        need(part > 0, "write");
        sent += (int)part;
    }
    shutdown(handle[0], SHUT_WR);
    return NULL;
}

static void *be_client(void *argument)
{
    struct client *client = argument;
    int handle[2] = { connect_there(), client->number };
    pthread_t sending;
    pthread_create(&sending, NULL, send_bulk, handle);
    unsigned char bytes[3000];
    ssize_t length;
    while ((length = read(handle[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < length; i++, client->received++)
            if (client->received < BULK)
                digest(&client->received_sum, bytes[i]);
            else if (client->received < BULK + 3)
                client->tail[client->received - BULK] = (char)bytes[i];
    pthread_join(sending, NULL);
    close(handle[0]);
    uint64_t state = (uint64_t)client->number;
    for (int i = 0; i < BULK; i++)
        digest(&client->sent_sum, (unsigned char)scramble(&state));
    return NULL;
}

static void test_clients(int listening)
{
    pthread_t server, threads[CLIENTS];
    struct client clients[CLIENTS] = { 0 };
    pthread_create(&server, NULL, serve, &listening);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].number = i + 1;
        pthread_create(&threads[i], NULL, be_client, &clients[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        printf("client %d: %zu bytes, same %d, then '%.3s'\n", i, clients[i].received,
               clients[i].sent_sum == clients[i].received_sum, clients[i].tail);
    }
    pthread_join(server, NULL);
}

static void test_details(int listening)
{
    char text[64];
    struct pollfd polled = { listening, POLLIN, 0 };
    show_call("nobody waits", poll(&polled, 1, 0));
    int client = connect_there();
    show_call("somebody waits", poll(&polled, 1, 5000));
    struct sockaddr_in peer, own;
    socklen_t peer_size = sizeof peer, own_size = sizeof own;
    int server = accept(listening, (struct sockaddr *)&peer, &peer_size);
    getsockname(client, (struct sockaddr *)&own, &own_size);
    show_truth("accept tells the client", peer.sin_port == own.sin_port &&
                                              peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    getpeername(client, (struct sockaddr *)&peer, &peer_size);
    show_truth("the client knows the server", peer.sin_port == address.sin_port);
    show_call("connect twice", connect(client, (struct sockaddr *)&address, sizeof address));

    int value = 1;
    socklen_t value_size = sizeof value;
    show_call("TCP_NODELAY", setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value));
    value = 0;
    getsockopt(client, IPPROTO_TCP, TCP_NODELAY, &value, &value_size);
    printf("is set %d\n", value != 0);
    value = 1;
    show_call("SO_KEEPALIVE", setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
    show_call("SO_ERROR", getsockopt(client, SOL_SOCKET, SO_ERROR, &value, &value_size));
    printf("error %d\n", value);
    show_call("SO_TYPE", getsockopt(client, SOL_SOCKET, SO_TYPE, &value, &value_size));
    printf("stream %d\n", value == SOCK_STREAM);
    getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &value, &value_size);
    printf("listens %d\n", value);
    show_call("unknown option", setsockopt(client, SOL_SOCKET, 9999, &value, sizeof value));

    struct timeval limit = { 0, 30000 };
    show_call("SO_RCVTIMEO", setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    show_call("receive times out", recv(client, text, sizeof text, 0));
    show_call("send", send(server, "0123456789", 10, 0));
    polled = (struct pollfd){ client, POLLIN | POLLOUT, 0 };
    show_call("poll", poll(&polled, 1, 5000));
    show_call("peek", recv(client, text, 4, MSG_PEEK));
    show_call("FIONREAD", ioctl(client, FIONREAD, &value));
    printf("%d bytes\n", value);
    show_call("wait for all", recv(client, text, 10, MSG_WAITALL));

    fcntl(client, F_SETFL, O_NONBLOCK);
    show_call("would block", recv(client, text, sizeof text, 0));
    show_call("half close", shutdown(server, SHUT_WR));
    polled.events = POLLIN | POLLRDHUP;
    show_call("poll half closed", poll(&polled, 1, 5000));
    printf("events %d\n", polled.revents == (POLLIN | POLLRDHUP));
    show_call("end", recv(client, text, sizeof text, 0));
    show_call("the other way", send(client, "answer", 6, 0));
    show_call("arrives", recv(server, text, sizeof text, 0));
    close(client);
    show_call("end there too", recv(server, text, sizeof text, 0));
    close(server);

    // Closing with unread data resets the connection.
    client = connect_there();
    server = accept(listening, NULL, NULL);
    send(client, "unread", 6, 0);
    polled = (struct pollfd){ server, POLLIN, 0 };
    poll(&polled, 1, 5000);
    close(server);
    polled = (struct pollfd){ client, POLLIN, 0 };
    poll(&polled, 1, 5000);
    show_call("reset", recv(client, text, sizeof text, 0));
    show_call("send after it", send(client, "x", 1, MSG_NOSIGNAL));
    close(client);

    // A connection in the background.
    client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    long result = connect(client, (struct sockaddr *)&address, sizeof address);
    show_truth("in progress or done", result == 0 || errno == EINPROGRESS);
    polled = (struct pollfd){ client, POLLOUT, 0 };
    show_call("connected", poll(&polled, 1, 5000));
    getsockopt(client, SOL_SOCKET, SO_ERROR, &value, &value_size);
    printf("error %d\n", value);
    close(client);

    int unconnected = socket(AF_INET, SOCK_STREAM, 0);
    show_call("getpeername", getpeername(unconnected, (struct sockaddr *)&peer, &peer_size));
    show_call("send unconnected", send(unconnected, "x", 1, MSG_NOSIGNAL));
    show_call("receive unconnected", recv(unconnected, text, 1, 0));
    show_call("accept on it", accept(unconnected, NULL, NULL));
    int again = socket(AF_INET, SOCK_STREAM, 0);
    show_call("address in use", bind(again, (struct sockaddr *)&address, sizeof address));
    close(again);
    struct sockaddr_in foreign = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(0xC0000201) }; // 192.0.2.1
    show_call("foreign address", bind(unconnected, (struct sockaddr *)&foreign, sizeof foreign));
    close(unconnected);
    int nothing[2];
    need(pipe(nothing) == 0, "pipe");
    show_call("listen on a pipe", listen(nothing[0], 1));
    show_call("send to a pipe", send(nothing[1], "x", 1, 0));
    show_call("strange family", socket(99, SOCK_STREAM, 0));
    show_call("strange type", socket(AF_INET, 77, 0));
}

int main(void)
{
    int listening = listen_anywhere();
    test_clients(listening);
    test_details(listening);
    close(listening);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    show_call("refused", connect(client, (struct sockaddr *)&address, sizeof address));
    close(client);
    char text[INET_ADDRSTRLEN];
    struct in_addr parsed;
    printf("%d", inet_pton(AF_INET, "10.1.2.3", &parsed));
    printf(" %s\n", inet_ntop(AF_INET, &parsed, text, sizeof text));
    printf("%d\n", inet_pton(AF_INET, "10.1.2.300", &parsed));
    return 0;
}
