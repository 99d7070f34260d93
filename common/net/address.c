/* address: see address.h. */
#include "net/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const struct {
    uint32_t net;
    int bits;
} private4[] = {
    { 0x00000000, 8 },  /* this network */
    { 0x0a000000, 8 },  /* 10/8 */
    { 0x64400000, 10 }, /* 100.64/10: shared, of carriers */
    { 0x7f000000, 8 },  /* loopback */
    { 0xa9fe0000, 16 }, /* link-local, where clouds tell machines about themselves */
    { 0xac100000, 12 }, /* 172.16/12 */
    { 0xc0000000, 24 }, /* of protocols */
    { 0xc0000200, 24 }, /* documentation */
    { 0xc0a80000, 16 }, /* 192.168/16 */
    { 0xc6120000, 15 }, /* benchmarks */
    { 0xc6336400, 24 }, /* documentation */
    { 0xcb007100, 24 }, /* documentation */
    { 0xe0000000, 3 },  /* multicast and reserved */
};

static bool is_private4(uint32_t address)
{
    for (size_t i = 0; i < sizeof private4 / sizeof private4[0]; i++)
        if ((address ^ private4[i].net) >> (32 - private4[i].bits) == 0)
            return true;
    return false;
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_private6(const uint8_t a[16])
{
    static const uint8_t zero[16], nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

    if (memcmp(a, zero, 10) == 0 && a[10] == 0xff && a[11] == 0xff)
        return is_private4(word_at(a + 12)); /* ::ffff:a.b.c.d */
    if (memcmp(a, zero, 12) == 0)
        return true; /* ::, ::1 and the old form of IPv4 */
    if (memcmp(a, nat64, 12) == 0)
        return is_private4(word_at(a + 12)); /* 64:ff9b::a.b.c.d */
    if (a[0] == 0x20 && a[1] == 0x02)
        return is_private4(word_at(a + 2)); /* 2002:aabb:ccdd:: */
    return (a[0] & 0xe0) != 0x20; /* outside 2000::/3: unique local, link-local, multicast, NAT64 of a site, ... */
}

bool address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_private4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_private6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return true;
}
