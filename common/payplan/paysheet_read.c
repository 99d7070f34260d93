/* paysheet_read: a statement's file taken apart, its seal checked; see paysheet.h. */
#include "payplan/paysheet.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define HEAD_MAX 400

/* The file's beginning must be, byte for byte, what sealing would write. */
static int read_head(const char *file, size_t len, struct paysheet *out, char signature[2 * crypto_sign_BYTES + 1],
                     size_t *body_at, struct err *err)
{
    char head[HEAD_MAX + 1], again[HEAD_MAX + 1];
    size_t head_len = len < HEAD_MAX ? len : HEAD_MAX;
    int format = 0, n;

    memcpy(head, file, head_len);
    head[head_len] = 0;
    if (sscanf(head, "{\"bihuan_statement\":%d,", &format) != 1)
        return err_fail(err, ERR_INVALID, "bad_file", "this isn't a statement");
    if (format < 1 || format > PAYSHEET_FORMAT)
        return err_fail(err, ERR_INVALID, "bad_format",
                        "the statement has format %d; this program knows formats up to %d: use a newer one", format,
                        PAYSHEET_FORMAT);
    if (sscanf(
            head,
            "{\"bihuan_statement\":%*d,\"hash\":\"%64[0-9a-f]\",\"key\":\"%64[0-9a-f]\",\"signature\":\"%128[0-9a-f]",
            out->hash, out->key, signature) != 3) {
        signature[0] = out->key[0] = 0;
        if (sscanf(head, "{\"bihuan_statement\":%*d,\"hash\":\"%64[0-9a-f]\"", out->hash) != 1)
            return err_fail(err, ERR_INVALID, "bad_file", "the statement's head can't be read");
    }
    n = snprintf(again, sizeof again,
                 "{\"bihuan_statement\":%d,\"hash\":\"%s\",\"key\":\"%s\",\"signature\":\"%s\",\"body\":", format,
                 out->hash, out->key, signature);
    if (n < 0 || (size_t)n > head_len || memcmp(head, again, (size_t)n) != 0)
        return err_fail(err, ERR_INVALID, "bad_file", "the statement's head was changed");
    *body_at = (size_t)n;
    out->format = format;
    return 0;
}

static int check_hash(const char *body, size_t len, const char *hash, struct err *err)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char text[PAYSHEET_HASH_TEXT];

    crypto_hash_sha256(digest, (const uint8_t *)body, len);
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    return strcmp(text, hash) == 0 ? 0
                                   : err_fail(err, ERR_INVALID, "bad_hash",
                                              "the statement was changed: its content doesn't have the hash it names");
}

static int check_signature(const struct paysheet *sheet, const char *signature_text, struct err *err)
{
    uint8_t key[crypto_sign_PUBLICKEYBYTES], signature[crypto_sign_BYTES];
    size_t key_len, signature_len;
    char message[96];
    int len = snprintf(message, sizeof message, "bihuan-statement-%d\n%s", sheet->format, sheet->hash);

    if (sodium_hex2bin(key, sizeof key, sheet->key, strlen(sheet->key), NULL, &key_len, NULL) != 0 ||
        sodium_hex2bin(signature, sizeof signature, signature_text, strlen(signature_text), NULL, &signature_len,
                       NULL) != 0 ||
        key_len != sizeof key || signature_len != sizeof signature ||
        crypto_sign_verify_detached(signature, (const uint8_t *)message, (unsigned long long)len, key) != 0)
        return err_fail(err, ERR_INVALID, "bad_signature", "the statement's signature isn't that of its key");
    return 0;
}

int paysheet_read(struct paysheet *out, const char *file, size_t len, struct err *err)
{
    char signature[2 * crypto_sign_BYTES + 1] = "";
    json_error_t trouble;
    size_t at = 0;

    *out = (struct paysheet) { 0 };
    if (sodium_init() < 0)
        return err_set(err, "libsodium can't be used");
    if (read_head(file, len, out, signature, &at, err) != 0)
        return -1;
    if (len < at + 4 || memcmp(file + len - 2, "}\n", 2) != 0)
        return err_fail(err, ERR_INVALID, "bad_file", "the statement's end is missing");
    if (check_hash(file + at, len - at - 2, out->hash, err) != 0)
        return -1;
    out->draft = !out->key[0];
    if (!out->draft && check_signature(out, signature, err) != 0)
        return -1;
    out->body = json_loadb(file + at, len - at - 2, JSON_REJECT_DUPLICATES, &trouble);
    return json_is_object(out->body)
               ? 0
               : (paysheet_fini(out), err_fail(err, ERR_INVALID, "bad_file", "the statement's body can't be read"));
}

void paysheet_fini(struct paysheet *sheet)
{
    json_decref(sheet->body);
    sheet->body = NULL;
}
