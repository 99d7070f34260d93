/* csv_scan: see csv_scan.h. */
#include "text/csv_scan.h"

#include "text/encoding.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void csv_scan_init(struct csv_scan *scan)
{
    *scan = (struct csv_scan) { .nul_at = CSV_NOWHERE, .break_at = CSV_NOWHERE };
}

/* First LF, CR, NUL or `extra` in bytes[at..len), or len. */
static size_t find_special(const uint8_t *bytes, size_t at, size_t len, uint8_t extra)
{
#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r'), nul = _mm_setzero_si128();
    const __m128i more = _mm_set1_epi8((char)extra);

    for (; at + 16 <= len; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr)),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, nul), _mm_cmpeq_epi8(block, more)));
        int mask = _mm_movemask_epi8(hit);
        if (mask)
            return at + (size_t)__builtin_ctz((unsigned)mask);
    }
#endif
    while (at < len && bytes[at] != '\n' && bytes[at] != '\r' && bytes[at] && bytes[at] != extra)
        at++;
    return at;
}

size_t csv_find_break(const uint8_t *bytes, size_t at, size_t len)
{
    for (at = find_special(bytes, at, len, '\n'); at < len && !bytes[at];)
        at = find_special(bytes, at + 1, len, '\n');
    return at;
}

/* Is the byte at `at` a character of its own, not the tail of a GB18030 one? Bytes below 0x30 always are, so it's
 * enough to step from the nearest of them. */
static bool stands_alone(const uint8_t *bytes, size_t at)
{
    size_t from = at;

    if (bytes[at] < 0x30)
        return true;
    while (from && bytes[from - 1] >= 0x30)
        from--;
    while (from < at)
        from += gb18030_step(bytes + from, at - from + 1);
    return from == at;
}

static bool opens_field(const struct csv_dialect *dialect, const uint8_t *bytes, size_t at)
{
    if (!at)
        return true;
    return bytes[at - 1] == (uint8_t)dialect->delimiter && (!dialect->gb18030 || stands_alone(bytes, at - 1));
}

/* A quote inside a quoted field. False: the byte behind it is needed and isn't there yet. */
static bool pass_quote(struct csv_scan *scan, const struct csv_dialect *dialect, const uint8_t *bytes, size_t len,
                       bool last)
{
    size_t behind = scan->at + 1;

    if (behind == len && !last)
        return false;
    if (behind < len && bytes[behind] == (uint8_t)dialect->quote) {
        scan->at += 2;
        return true;
    }
    scan->quoted = false;
    scan->at = behind;
    if (behind < len && bytes[behind] != (uint8_t)dialect->delimiter && bytes[behind] != '\n' &&
        bytes[behind] != '\r') {
        scan->spoiled = true;
        scan->spoiled_at = behind;
    }
    return true;
}

static void open_quote(struct csv_scan *scan, const struct csv_dialect *dialect, const uint8_t *bytes)
{
    if (!scan->spoiled && opens_field(dialect, bytes, scan->at)) {
        scan->quoted = scan->saw_quote = true;
        scan->open_at = scan->at;
    }
    scan->at++;
}

static void pass_break(struct csv_scan *scan, size_t break_len)
{
    if (scan->break_at == CSV_NOWHERE) {
        scan->break_at = scan->at;
        scan->break_len = break_len;
    }
    scan->breaks++;
    scan->at += break_len;
}

bool csv_scan_run(struct csv_scan *scan, const struct csv_dialect *dialect, const uint8_t *bytes, size_t len, bool last,
                  size_t *end, size_t *next)
{
    uint8_t extra = dialect->quote ? (uint8_t)dialect->quote : '\n';

    while ((scan->at = find_special(bytes, scan->at, len, extra)) < len) {
        uint8_t byte = bytes[scan->at];

        if (byte == '\n' || byte == '\r') {
            size_t n = 1;

            if (byte == '\r' && scan->at + 1 == len && !last)
                return false;
            if (byte == '\r' && scan->at + 1 < len && bytes[scan->at + 1] == '\n')
                n = 2;
            if (!scan->quoted) {
                *end = scan->at;
                *next = scan->at + n;
                return true;
            }
            pass_break(scan, n);
        } else if (!byte) {
            if (scan->nul_at == CSV_NOWHERE)
                scan->nul_at = scan->at;
            scan->at++;
        } else if (!scan->quoted) {
            open_quote(scan, dialect, bytes);
        } else if (!pass_quote(scan, dialect, bytes, len, last)) {
            return false;
        }
    }
    *end = *next = len;
    return last && !scan->quoted;
}
