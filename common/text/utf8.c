/* utf8: see utf8.h. */
#include "text/utf8.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool is_trail(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t utf8_decode(const void *text, size_t len, uint32_t *cp)
{
    const uint8_t *s = text;

    if (!len)
        return 0;
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    if (s[0] < 0xC2 || s[0] > 0xF4 || len < 2 || !is_trail(s[1]))
        return 0;
    if (s[0] < 0xE0) {
        *cp = (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
        return 2;
    }
    if (len < 3 || !is_trail(s[2]))
        return 0;
    if (s[0] < 0xF0) {
        *cp = (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
        return *cp < 0x800 || (*cp >= 0xD800 && *cp < 0xE000) ? 0 : 3;
    }
    if (len < 4 || !is_trail(s[3]))
        return 0;
    *cp = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 | (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
    return *cp < 0x10000 || *cp > 0x10FFFF ? 0 : 4;
}

size_t utf8_encode(uint32_t cp, uint8_t out[4])
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xC0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (uint8_t)(0xE0 | cp >> 12);
        out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | cp >> 18);
    out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (cp & 0x3F));
    return 4;
}

/* Bytes below 0x80 at the start of s. */
static size_t ascii_len(const uint8_t *s, size_t len)
{
    size_t at = 0;

#ifdef __SSE2__
    for (; at + 16 <= len; at += 16) {
        int mask = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)(s + at)));
        if (mask)
            return at + (size_t)__builtin_ctz((unsigned)mask);
    }
#endif
    while (at < len && s[at] < 0x80)
        at++;
    return at;
}

size_t utf8_valid_len(const void *text, size_t len)
{
    const uint8_t *s = text;
    size_t at = ascii_len(s, len);

    while (at < len) {
        uint32_t cp;
        size_t n = utf8_decode(s + at, len - at, &cp);

        if (!n)
            return at;
        at += n;
        if (at < len && s[at] < 0x80)
            at += ascii_len(s + at, len - at);
    }
    return len;
}

char *utf8_mend(char *text)
{
    size_t len = strlen(text), at = utf8_valid_len(text, len), to = at;

    while (at < len) {
        size_t n = utf8_valid_len(text + at, len - at);

        memmove(text + to, text + at, n);
        to += n;
        at += n + (at + n < len); /* the byte that is none */
    }
    text[to] = 0;
    return text;
}

struct range {
    uint32_t first, last;
};

/* East Asian Width W and F, by blocks. */
static const struct range wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23EC },   { 0x25FD, 0x25FE },
    { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26AA, 0x26AB },   { 0x2705, 0x2705 },   { 0x274C, 0x274C },
    { 0x2753, 0x2755 },   { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x2B1B, 0x2B1C },   { 0x2B50, 0x2B50 },
    { 0x2E80, 0x303E },   { 0x3041, 0x33FF },   { 0x3400, 0x4DBF },   { 0x4E00, 0xA4CF },   { 0xA960, 0xA97F },
    { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },   { 0xFE10, 0xFE19 },   { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },
    { 0xFFE0, 0xFFE6 },   { 0x16FE0, 0x18DFF }, { 0x1B000, 0x1B2FF }, { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF },
    { 0x1F18E, 0x1F18E }, { 0x1F191, 0x1F19A }, { 0x1F200, 0x1F320 }, { 0x1F32D, 0x1F335 }, { 0x1F337, 0x1F37C },
    { 0x1F37E, 0x1F393 }, { 0x1F3A0, 0x1F3CA }, { 0x1F3E0, 0x1F3F0 }, { 0x1F3F8, 0x1F4FC }, { 0x1F4FF, 0x1F53D },
    { 0x1F550, 0x1F567 }, { 0x1F5FB, 0x1F64F }, { 0x1F680, 0x1F6C5 }, { 0x1F6EB, 0x1F6EC }, { 0x1F90C, 0x1F9FF },
    { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

/* Combining marks, joiners, variation selectors, direction marks. */
static const struct range zero[] = {
    { 0x0300, 0x036F },   { 0x0483, 0x0489 },   { 0x0591, 0x05BD }, { 0x064B, 0x065F }, { 0x1AB0, 0x1AFF },
    { 0x1DC0, 0x1DFF },   { 0x200B, 0x200F },   { 0x202A, 0x202E }, { 0x2060, 0x2064 }, { 0x20D0, 0x20F0 },
    { 0x302A, 0x302D },   { 0x3099, 0x309A },   { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF },
    { 0x1F3FB, 0x1F3FF }, { 0xE0100, 0xE01EF },
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t cp)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t mid = (low + high) / 2;
        if (cp > ranges[mid].last)
            low = mid + 1;
        else if (cp < ranges[mid].first)
            high = mid;
        else
            return true;
    }
    return false;
}

int utf8_cp_width(uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
        return 0;
    if (cp < 0x300)
        return 1;
    if (in_ranges(zero, sizeof zero / sizeof zero[0], cp))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], cp) ? 2 : 1;
}

size_t utf8_fit(const char *text, size_t len, size_t columns, size_t *width)
{
    size_t at = 0, used = 0;

    while (at < len) {
        uint32_t cp = 0;
        size_t n = utf8_decode(text + at, len - at, &cp);
        size_t w = n ? (size_t)utf8_cp_width(cp) : 1;

        if (used + w > columns)
            break;
        used += w;
        at += n ? n : 1;
    }
    if (width)
        *width = used;
    return at;
}

size_t utf8_width(const char *text, size_t len)
{
    size_t width;

    utf8_fit(text, len, SIZE_MAX, &width);
    return width;
}

size_t utf8_append_fit(struct buf *out, const char *text, size_t len, size_t columns)
{
    size_t width, n = utf8_fit(text, len, columns, &width);

    if (n < len && columns) {
        n = utf8_fit(text, len, columns - 1, &width);
        buf_append(out, text, n);
        buf_append_text(out, "\xE2\x80\xA6");
        return width + 1;
    }
    buf_append(out, text, n);
    return width;
}
