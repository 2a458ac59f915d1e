// IPv4 addresses and sockets. Only numeric addresses are accepted: a static
// program has no name resolver.
#ifndef GUEST_NETWORK_H
#define GUEST_NETWORK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"

static inline struct sockaddr_in ipv4_address(uint32_t host_order_address, uint16_t port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(host_order_address);
    address.sin_port = htons(port);
    return address;
}

// Reads "10.0.0.7:5004".
static inline bool parse_endpoint(const char *text, struct sockaddr_in *endpoint)
{
    const char *colon = strchr(text, ':');
    char host[INET_ADDRSTRLEN];
    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    uint64_t port;
    if (!parse_whole_number(colon + 1, false, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *endpoint = ipv4_address(0, (uint16_t)port);
    return inet_pton(AF_INET, host, &endpoint->sin_addr) == 1;
}

static inline int open_udp_socket(void)
{
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0)
        system_failure("socket");
    return handle;
}

// Binds and returns the port in use, which matters when `port` is 0 ("any").
static inline uint16_t bind_socket(int handle, uint32_t host_order_address, uint16_t port)
{
    struct sockaddr_in address = ipv4_address(host_order_address, port);
    if (bind(handle, (struct sockaddr *)&address, sizeof address) != 0)
        system_failure("bind");
    socklen_t length = sizeof address;
    if (getsockname(handle, (struct sockaddr *)&address, &length) != 0)
        system_failure("getsockname");
    return ntohs(address.sin_port);
}

// Big-endian fields of a datagram, whatever the alignment.
static inline void put_be(unsigned char *target, uint64_t value, unsigned bytes)
{
    while (bytes-- > 0) {
        target[bytes] = (unsigned char)value;
        value >>= 8;
    }
}

static inline uint64_t get_be(const unsigned char *source, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | source[i];
    return value;
}

#endif
