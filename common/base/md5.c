/* md5: see md5.h. */
#include "base/md5.h"

#include <string.h>

static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
static const uint8_t turns[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };

/* One step's function of three words and the place of its message word. */
static uint32_t mix(int i, uint32_t b, uint32_t c, uint32_t d, int *word)
{
    switch (i / 16) {
    case 0:
        *word = i;
        return (b & c) | (~b & d);
    case 1:
        *word = (5 * i + 1) % 16;
        return (d & b) | (~d & c);
    case 2:
        *word = (3 * i + 5) % 16;
        return b ^ c ^ d;
    default:
        *word = (7 * i) % 16;
        return c ^ (b | ~d);
    }
}

static void add_block(struct md5 *md5, const uint8_t *bytes)
{
    uint32_t words[16], s[4];

    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 |
                   (uint32_t)bytes[4 * i + 3] << 24;
    memcpy(s, md5->state, sizeof s);
    for (int i = 0; i < 64; i++) {
        int word, turn = turns[i / 16][i % 4];
        uint32_t sum = mix(i, s[1], s[2], s[3], &word);

        sum += s[0] + sines[i] + words[word];
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += sum << turn | sum >> (32 - turn);
    }
    for (int i = 0; i < 4; i++)
        md5->state[i] += s[i];
}

void md5_init(struct md5 *md5)
{
    *md5 = (struct md5) { .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void md5_update(struct md5 *md5, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    while (len) {
        size_t have = md5->len % 64, take = 64 - have < len ? 64 - have : len;

        memcpy(md5->block + have, at, take);
        md5->len += take;
        at += take;
        len -= take;
        if (have + take == 64)
            add_block(md5, md5->block);
    }
}

void md5_final(struct md5 *md5, uint8_t out[MD5_LEN])
{
    static const uint8_t padding[64] = { 0x80 };
    uint64_t bits = md5->len * 8;
    uint8_t tail[8];

    for (int i = 0; i < 8; i++)
        tail[i] = (uint8_t)(bits >> (8 * i));
    md5_update(md5, padding, 64 - (md5->len + 8) % 64);
    md5_update(md5, tail, 8);
    for (int i = 0; i < MD5_LEN; i++)
        out[i] = (uint8_t)(md5->state[i / 4] >> (8 * (i % 4)));
}
