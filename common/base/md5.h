/* md5: the digest of RFC 1321, because senders of files name it in their control files. It protects against accidents
 * only; nothing of ours is secured by it. */
#ifndef BIHUAN_BASE_MD5_H
#define BIHUAN_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_LEN 16

struct md5 {
    uint32_t state[4];
    uint64_t len; /* bytes so far */
    uint8_t block[64];
};

void md5_init(struct md5 *md5);
void md5_update(struct md5 *md5, const void *bytes, size_t len);
void md5_final(struct md5 *md5, uint8_t out[MD5_LEN]);

#endif
