// UDP over the loopback: borders, truncation, connected sockets, many messages
// in one call, and the errors of both.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/show.h"

static struct sockaddr_in bind_anywhere(int handle)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    need(bind(handle, (struct sockaddr *)&address, size) == 0 &&
             getsockname(handle, (struct sockaddr *)&address, &size) == 0,
         "bind");
    return address;
}

static void wait_for(int handle)
{
    struct pollfd polled = { handle, POLLIN, 0 };
    need(poll(&polled, 1, 5000) == 1, "poll");
}

int main(void)
{
    int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in to_a = bind_anywhere(a), to_b = bind_anywhere(b), from;
    socklen_t size = sizeof from;
    static char large[70000], text[70000];

    show_call("nothing there", recv(b, text, sizeof text, 0));
    show_call("sendto", sendto(a, "hello", 5, 0, (struct sockaddr *)&to_b, sizeof to_b));
    wait_for(b);
    show_call("recvfrom", recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&from, &size));
    show_truth("from the sender", from.sin_port == to_a.sin_port && size == sizeof from);
    sendto(a, "", 0, 0, (struct sockaddr *)&to_b, sizeof to_b);
    wait_for(b);
    show_call("empty", recv(b, text, sizeof text, 0));
    sendto(a, "0123456789", 10, 0, (struct sockaddr *)&to_b, sizeof to_b);
    wait_for(b);
    show_call("peek", recv(b, text, 4, MSG_PEEK));
    struct iovec part = { text, 4 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_name = &from,
                              .msg_namelen = sizeof from };
    show_call("recvmsg", recvmsg(b, &message, 0));
    printf("cut off %d, name length %u\n", (message.msg_flags & MSG_TRUNC) != 0,
           message.msg_namelen);
    show_call("rest is gone", recv(b, text, sizeof text, 0));
    sendto(a, "0123456789", 10, 0, (struct sockaddr *)&to_b, sizeof to_b);
    wait_for(b);
    show_call("true length", recv(b, text, 4, MSG_TRUNC));

    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31);
    show_call("largest", sendto(a, large, 65507, 0, (struct sockaddr *)&to_b, sizeof to_b));
    wait_for(b);
    show_call("arrives", recv(b, text, sizeof text, 0));
    show_truth("unchanged", memcmp(large, text, 65507) == 0);
    show_call("too large", sendto(a, large, 65508, 0, (struct sockaddr *)&to_b, sizeof to_b));

    struct iovec parts[] = { { "gather ", 7 }, { "and ", 4 }, { "scatter", 7 } };
    message = (struct msghdr){ .msg_iov = parts, .msg_iovlen = 3, .msg_name = &to_b,
                               .msg_namelen = sizeof to_b };
    show_call("sendmsg", sendmsg(a, &message, 0));
    wait_for(b);
    char first[7], second[20];
    struct iovec into[] = { { first, 7 }, { second, 20 } };
    message = (struct msghdr){ .msg_iov = into, .msg_iovlen = 2 };
    show_call("recvmsg", recvmsg(b, &message, 0));
    printf("'%.7s' '%.11s'\n", first, second);

    show_call("send without address", send(a, "x", 1, 0));
    show_call("connect", connect(a, (struct sockaddr *)&to_b, sizeof to_b));
    show_call("send", send(a, "connected", 9, 0));
    wait_for(b);
    show_call("receive", recv(b, text, sizeof text, 0));
    // A connected socket hears its peer only.
    int c = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(c, "stranger", 8, 0, (struct sockaddr *)&to_a, sizeof to_a);
    sendto(b, "friend", 6, 0, (struct sockaddr *)&to_a, sizeof to_a);
    wait_for(a);
    show_call("receive", recv(a, text, sizeof text, 0));
    show_call("nothing else", recv(a, text, sizeof text, MSG_DONTWAIT));
    // Nobody there: the second send learns it from the answer to the first.
    close(b);
    show_call("send to nobody", send(a, "x", 1, 0));
    struct pollfd polled = { a, POLLIN, 0 };
    poll(&polled, 1, 1000);
    show_call("send again", send(a, "x", 1, 0));

    b = socket(AF_INET, SOCK_DGRAM, 0);
    to_b = bind_anywhere(b);
    struct mmsghdr many[4] = { 0 };
    struct iovec pieces[4] = { { "1", 1 }, { "22", 2 }, { "333", 3 }, { "4444", 4 } };
    for (int i = 0; i < 4; i++)
        many[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1,
                                           .msg_name = &to_b, .msg_namelen = sizeof to_b };
    show_call("sendmmsg", sendmmsg(c, many, 4, 0));
    char room[8][8];
    struct mmsghdr got[8] = { 0 };
    struct iovec slots[8];
    for (int i = 0; i < 8; i++) {
        slots[i] = (struct iovec){ room[i], 8 };
        got[i].msg_hdr = (struct msghdr){ .msg_iov = &slots[i], .msg_iovlen = 1 };
    }
    wait_for(b);
    show_call("recvmmsg", recvmmsg(b, got, 8, MSG_DONTWAIT, NULL));
    printf("lengths %u %u %u %u\n", got[0].msg_len, got[1].msg_len, got[2].msg_len,
           got[3].msg_len);

    int value;
    socklen_t value_size = sizeof value;
    getsockopt(b, SOL_SOCKET, SO_TYPE, &value, &value_size);
    printf("datagrams %d\n", value == SOCK_DGRAM);
    show_call("broadcast not allowed",
              sendto(c, "x", 1, 0,
                     (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET,
                                                               .sin_port = htons(9),
                                                               .sin_addr.s_addr = INADDR_NONE },
                     sizeof to_b));
    show_call("listen", listen(b, 1));
    show_call("address too short", sendto(c, "x", 1, 0, (struct sockaddr *)&to_b, 4));
    return 0;
}
