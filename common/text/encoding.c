/* encoding: names and GB18030; see encoding.h. UTF-16 is in utf16.c. */
#include "text/encoding.h"

#include <iconv.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "text/utf8.h"

static const struct {
    const char *name;
    enum encoding encoding;
} names[] = {
    { "utf-8", ENCODING_UTF8 },       { "gb18030", ENCODING_GB18030 },  { "utf-16", ENCODING_UTF16 },
    { "utf-16le", ENCODING_UTF16LE }, { "utf-16be", ENCODING_UTF16BE }, { "utf8", ENCODING_UTF8 },
    { "gbk", ENCODING_GB18030 },      { "gb2312", ENCODING_GB18030 },
};

int encoding_parse(const char *name, enum encoding *out, struct err *err)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i].name) == 0) {
            *out = names[i].encoding;
            return 0;
        }
    return err_fail(err, ERR_INVALID, "unknown_encoding",
                    "encoding \"%.40s\" is not one of utf-8, gb18030, gbk, utf-16, utf-16le, utf-16be", name);
}

const char *encoding_name(enum encoding encoding)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].encoding == encoding)
            return names[i].name;
    return "unknown";
}

#define SURE_AFTER 4 /* different Chinese characters */

bool encoding_is_surely_utf8(const uint8_t *bytes, size_t len, bool whole)
{
    uint32_t seen[SURE_AFTER], cp;
    size_t count = 0, known, step;

    for (size_t at = 0; at < len; at += step) {
        step = 1;
        if (bytes[at] < 0x80)
            continue;
        step = utf8_decode(bytes + at, len - at, &cp);
        if (!step && !whole && len - at < 3)
            break;
        if (step != 3)
            return false;
        for (known = 0; known < count && seen[known] != cp;)
            known++;
        if (known == count && count < SURE_AFTER && cp >= 0x4E00 && cp <= 0x9FFF)
            seen[count++] = cp;
    }
    return count == SURE_AFTER;
}

/* --- tables of the characters in the BMP, made once from iconv; those beyond it follow a formula --- */
#define LEAD_FIRST  0x81
#define LEAD_COUNT  (0xFE - 0x81 + 1)
#define TRAIL_FIRST 0x40
#define TRAIL_COUNT (0xFE - 0x40 + 1)
#define QUAD_COUNT  39420  /* four-byte characters in the BMP, 81308130 to 8431A439 */
#define QUAD_BEYOND 189000 /* index of 90308130, which is U+10000 */

static uint32_t pairs[LEAD_COUNT][TRAIL_COUNT]; /* 0: none */
static uint16_t quads[QUAD_COUNT];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static uint32_t by_iconv(iconv_t cd, const uint8_t *bytes, size_t len)
{
    char *in = (char *)(uintptr_t)bytes;
    uint32_t cp = 0;
    char *out = (char *)&cp;
    size_t in_left = len, out_left = sizeof cp;

    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &in_left, &out, &out_left) == (size_t)-1 || in_left || out_left)
        return 0;
    return cp;
}

static void make_tables(void)
{
    iconv_t cd = iconv_open("UTF-32LE", "GB18030");

    if (cd == (iconv_t)-1)
        abort(); /* the C library came without its converters: nothing could be read rightly */
    for (unsigned lead = 0; lead < LEAD_COUNT; lead++)
        for (unsigned trail = 0; trail < TRAIL_COUNT; trail++) {
            uint8_t bytes[2] = { (uint8_t)(lead + LEAD_FIRST), (uint8_t)(trail + TRAIL_FIRST) };
            pairs[lead][trail] = by_iconv(cd, bytes, 2);
        }
    for (unsigned i = 0; i < QUAD_COUNT; i++) {
        uint8_t bytes[4] = { (uint8_t)(0x81 + i / 12600), (uint8_t)(0x30 + i / 1260 % 10),
                             (uint8_t)(0x81 + i / 10 % 126), (uint8_t)(0x30 + i % 10) };
        quads[i] = (uint16_t)by_iconv(cd, bytes, 4);
    }
    iconv_close(cd);
}

static bool is_lead(uint8_t byte)
{
    return byte >= 0x81 && byte <= 0xFE;
}

static bool is_digit(uint8_t byte)
{
    return byte >= 0x30 && byte <= 0x39;
}

size_t gb18030_step(const uint8_t *bytes, size_t len)
{
    if (!is_lead(bytes[0]) || len < 2)
        return 1;
    if (bytes[1] >= 0x40 && bytes[1] <= 0xFE && bytes[1] != 0x7F)
        return 2;
    if (len >= 4 && is_digit(bytes[1]) && is_lead(bytes[2]) && is_digit(bytes[3]))
        return 4;
    return 1;
}

/* The code point of a non-ASCII character of n bytes, 0 when there is none. */
static uint32_t decode_one(const uint8_t *b, size_t n)
{
    uint32_t index;

    if (n == 2)
        return pairs[b[0] - LEAD_FIRST][b[1] - TRAIL_FIRST];
    if (n != 4)
        return 0;
    index = ((b[0] - 0x81u) * 10 + (b[1] - 0x30u)) * 1260 + (b[2] - 0x81u) * 10 + (b[3] - 0x30u);
    if (index < QUAD_COUNT)
        return quads[index];
    return index >= QUAD_BEYOND && index <= QUAD_BEYOND + 0xFFFFF ? index - QUAD_BEYOND + 0x10000 : 0;
}

static size_t ascii_run(const uint8_t *bytes, size_t len)
{
    size_t n = 0;
    uint64_t word;

    for (; n + 8 <= len; n += 8) {
        memcpy(&word, bytes + n, 8);
        if (word & 0x8080808080808080u)
            break;
    }
    while (n < len && bytes[n] < 0x80)
        n++;
    return n;
}

int gb18030_decode(const uint8_t *bytes, size_t len, struct buf *out, size_t *bad_at)
{
    pthread_once(&tables_once, make_tables);
    for (size_t at = 0; at < len;) {
        size_t n = ascii_run(bytes + at, len - at);
        uint32_t cp;

        buf_append(out, bytes + at, n);
        at += n;
        if (at == len)
            break;
        n = gb18030_step(bytes + at, len - at);
        cp = decode_one(bytes + at, n);
        if (!cp) {
            *bad_at = at;
            return -1;
        }
        out->len += utf8_encode(cp, buf_reserve(out, 4));
        at += n;
    }
    return 0;
}
