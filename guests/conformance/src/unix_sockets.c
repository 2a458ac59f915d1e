// Local sockets: pairs, named and abstract addresses, datagrams, messages that
// carry descriptors and credentials.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../common/show.h"

static void send_descriptor(int socket, int handle, const char *text)
{
    struct iovec part = { (void *)text, strlen(text) };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control.room };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &handle, sizeof handle);
    show_call("sendmsg", sendmsg(socket, &message, 0));
}

static int receive_descriptor(int socket)
{
    char text[32];
    struct iovec part = { text, sizeof text };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control.room };
    ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    show_call("recvmsg", length);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    need(length > 0 && header != NULL, "no control message");
    printf("'%.*s', type %d, flags %d\n", (int)length, text, header->cmsg_type == SCM_RIGHTS,
           message.msg_flags & (MSG_CTRUNC | MSG_TRUNC));
    int handle;
    memcpy(&handle, CMSG_DATA(header), sizeof handle);
    return handle;
}

static void test_pair(void)
{
    int pair[2], ends[2];
    char text[64];
    show_call("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    show_call("send", send(pair[0], "stream data", 11, 0));
    show_call("peek", recv(pair[1], text, 6, MSG_PEEK));
    show_call("receive", recv(pair[1], text, sizeof text, 0));
    show_call("nothing there", recv(pair[1], text, sizeof text, MSG_DONTWAIT));

    need(pipe(ends) == 0, "pipe");
    send_descriptor(pair[0], ends[1], "here is a pipe");
    int passed = receive_descriptor(pair[1]);
    show_truth("a new number", passed != ends[1]);
    show_call("close on exec", fcntl(passed, F_GETFD));
    close(ends[1]);
    show_call("write to it", write(passed, "through", 7));
    show_call("read", read(ends[0], text, sizeof text));
    // The passed descriptor keeps the pipe open until it is closed as well.
    close(passed);
    show_call("read the end", read(ends[0], text, sizeof text));
    close(ends[0]);

    show_call("shutdown", shutdown(pair[0], SHUT_WR));
    show_call("end of stream", recv(pair[1], text, sizeof text, 0));
    show_call("send back", send(pair[1], "still open", 10, 0));
    show_call("receive back", recv(pair[0], text, sizeof text, 0));
    show_call("send after shutdown", send(pair[0], "x", 1, MSG_NOSIGNAL));
    close(pair[1]);
    show_call("end after close", recv(pair[0], text, sizeof text, 0));
    close(pair[0]);

    // Datagrams keep their borders; a too small buffer loses the rest.
    show_call("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    show_call("send", send(pair[0], "first", 5, 0));
    show_call("send", send(pair[0], "second one", 10, 0));
    show_call("send empty", send(pair[0], "", 0, 0));
    show_call("receive", recv(pair[1], text, sizeof text, 0));
    show_call("receive cut off", recv(pair[1], text, 3, MSG_TRUNC));
    show_call("receive empty", recv(pair[1], text, sizeof text, 0));
    close(pair[0]);
    close(pair[1]);

    show_call("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    show_call("send", send(pair[0], "packet", 6, 0));
    show_call("receive", recv(pair[1], text, sizeof text, 0));
    close(pair[0]);
    show_call("end", recv(pair[1], text, sizeof text, 0));
    close(pair[1]);
    show_call("socketpair unknown", socketpair(AF_INET, SOCK_STREAM, 0, pair));
}

static socklen_t make_address(struct sockaddr_un *address, const char *name)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(name);
    memcpy(address->sun_path, name, length);
    if (name[0] != '@')
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    address->sun_path[0] = '\0'; // the abstract name space
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void *answer(void *argument)
{
    int listening = *(int *)argument;
    for (int i = 0; i < 3; i++) {
        int connection = accept(listening, NULL, NULL);
        need(connection >= 0, "accept");
        char text[64];
        ssize_t length;
        while ((length = read(connection, text, sizeof text)) > 0) {
            for (ssize_t k = 0; k < length / 2; k++) {
                char other = text[k];
                text[k] = text[length - 1 - k];
                text[length - 1 - k] = other;
            }
            need(write(connection, text, (size_t)length) == length, "write");
        }
        close(connection);
    }
    return NULL;
}

static void test_named(const char *name)
{
    struct sockaddr_un address;
    socklen_t size = make_address(&address, name);
    int early = socket(AF_UNIX, SOCK_STREAM, 0);
    show_call("connect to nobody", connect(early, (struct sockaddr *)&address, size));
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    show_call("bind", bind(listening, (struct sockaddr *)&address, size));
    show_call("connect before listen", connect(early, (struct sockaddr *)&address, size));
    show_call("listen", listen(listening, 5));
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    show_call("bind again", bind(other, (struct sockaddr *)&address, size));
    close(other);
    pthread_t thread;
    pthread_create(&thread, NULL, answer, &listening);
    for (int i = 0; i < 3; i++) {
        int client = i == 0 ? early : socket(AF_UNIX, SOCK_STREAM, 0);
        show_call("connect", connect(client, (struct sockaddr *)&address, size));
        char text[64];
        need(write(client, "reverse me", 10) == 10, "write");
        ssize_t length = read(client, text, sizeof text);
        printf("'%.*s'\n", (int)length, text);
        struct ucred who;
        socklen_t who_size = sizeof who;
        show_call("peer", getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &who_size));
        show_truth("it is us", who.pid == getpid() && who.uid == getuid());
        struct sockaddr_un peer;
        socklen_t peer_size = sizeof peer;
        show_call("getpeername", getpeername(client, (struct sockaddr *)&peer, &peer_size));
        show_truth("same name", peer_size == size &&
                                    memcmp(peer.sun_path, address.sun_path, strlen(name)) == 0);
        close(client);
    }
    pthread_join(thread, NULL);
    close(listening);
}

static void test_datagrams(void)
{
    struct sockaddr_un first, second, from;
    socklen_t first_size = make_address(&first, "one.socket");
    socklen_t second_size = make_address(&second, "two.socket"), from_size = sizeof from;
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    show_call("bind", bind(a, (struct sockaddr *)&first, first_size));
    show_call("bind", bind(b, (struct sockaddr *)&second, second_size));
    show_call("sendto", sendto(a, "to two", 6, 0, (struct sockaddr *)&second, second_size));
    char text[32];
    show_call("recvfrom", recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&from, &from_size));
    printf("from %s\n", from.sun_path);
    unlink("two.socket");
    show_call("sendto gone", sendto(a, "x", 1, 0, (struct sockaddr *)&second, second_size));
    close(a);
    close(b);
    unlink("one.socket");
}

int main(void)
{
    test_pair();
    test_named("named.socket");
    struct stat status;
    show_call("stat", stat("named.socket", &status));
    show_truth("is a socket", S_ISSOCK(status.st_mode));
    show_call("open a socket", open("named.socket", O_RDWR));
    unlink("named.socket");
    test_named("@abstract.conformance");
    test_datagrams();
    return 0;
}
