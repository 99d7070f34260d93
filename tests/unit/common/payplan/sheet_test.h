/* sheet_test: what tests of statements share: a file checked as whoever gets it would, tampered with byte for byte,
 * sealed anew with a number changed, read as an earlier program wrote it. */
#ifndef BIHUAN_TESTS_SHEET_TEST_H
#define BIHUAN_TESTS_SHEET_TEST_H

#include "plan_test.h"

#include <sodium.h>

#include "payplan/paysheet.h"

static inline int sheet_test_check(const struct buf *file, size_t lines, struct err *err)
{
    struct paysheet_report report;
    struct paysheet sheet;
    int rc;

    if (paysheet_read(&sheet, (const char *)file->data, file->len, err) != 0)
        return -1;
    rc = paysheet_recompute(&sheet, &report, err);
    if (rc == 0 && report.lines != lines)
        fail_msg("%zu lines", report.lines);
    paysheet_fini(&sheet);
    return rc;
}

/* Accepted as it is; refused with any bit of any byte flipped, with any byte left out or put in twice, and cut short
 * anywhere. */
static inline void sheet_test_tamper(struct buf *file, size_t lines)
{
    struct buf other = { 0 };
    struct err err;

    EXPECT_OK("as it was written", sheet_test_check(file, lines, &err), err);
    for (size_t i = 0; i < file->len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            file->data[i] ^= (uint8_t)(1 << bit);
            if (sheet_test_check(file, lines, &err) == 0)
                fail_msg("bit %d of byte %zu flipped: accepted", bit, i);
            file->data[i] ^= (uint8_t)(1 << bit);
        }
        for (int twice = 0; twice < 2; twice++) {
            buf_reset(&other);
            buf_append(&other, file->data, i + (size_t)twice);
            buf_append(&other, file->data + i + !twice, file->len - i - !twice);
            if (sheet_test_check(&other, lines, &err) == 0)
                fail_msg("byte %zu %s: accepted", i, twice ? "twice" : "left out");
        }
        buf_reset(&other);
        buf_append(&other, file->data, i);
        if (sheet_test_check(&other, lines, &err) == 0)
            fail_msg("cut behind byte %zu: accepted", i);
    }
    buf_fini(&other);
}

/* The signer itself can't state what doesn't follow. */
static inline void sheet_test_wrong(struct buf *body, int format, const uint8_t *secret, const char *was,
                                    const char *is)
{
    struct buf changed = { 0 }, file = { 0 };
    const char *text = buf_text(body), *at = strstr(text, was);
    char hash[PAYSHEET_HASH_TEXT];
    struct err err;

    if (!at)
        fail_msg("\"%s\" isn't in %s", was, text);
    buf_append(&changed, text, (size_t)(at - text));
    buf_append_text(&changed, is);
    buf_append_text(&changed, at + strlen(was));
    paysheet_seal(&changed, format, secret, &file, hash);
    EXPECT_REFUSED(is, sheet_test_check(&file, 2, &err), err, "differs");
    buf_fini(&changed);
    buf_fini(&file);
}

/* An earlier program's file is accepted; and this program makes the very same bytes of the same contents, or a period
 * that it closed couldn't be made again hash for hash. */
static inline void sheet_test_earlier(const char *name, size_t lines, struct buf *body, int format,
                                      const uint8_t *secret)
{
    char hash[PAYSHEET_HASH_TEXT];
    struct buf now = { 0 };
    struct buf file = { 0 };
    char path[512];
    struct err err;
    FILE *in;
    size_t n;

    snprintf(path, sizeof path, "%s/tests/data/%s", getenv("BIHUAN_SOURCE"), name);
    in = fopen(path, "rb");
    if (!in)
        fail_msg("%s isn't there", path);
    while ((n = fread(buf_reserve(&file, 4096), 1, 4096, in)) > 0)
        file.len += n;
    fclose(in);
    EXPECT_OK(path, sheet_test_check(&file, lines, &err), err);
    paysheet_seal(body, format, secret, &now, hash);
    if (now.len != file.len || memcmp(now.data, file.data, now.len) != 0)
        fail_msg("%s would be written otherwise: %s", path, buf_text(&now));
    buf_fini(&now);
    buf_fini(&file);
}

#endif
