/* address: which machines an address is on. Pure. */
#ifndef BIHUAN_NET_ADDRESS_H
#define BIHUAN_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* True for what isn't a public address of the internet: loopback, private, link-local, shared (100.64/10), multicast,
 * reserved and unspecified ones, in IPv4, in IPv6, and IPv4 within IPv6 (mapped, NAT64, 6to4). Families other than
 * these two count as private. */
bool address_is_private(const struct sockaddr *address);

#endif
