/* token: see token.h. */
#include "auth/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_LEN   (sizeof TOKEN_PREFIX - 1)
#define RANDOM_BYTES 32

_Static_assert(sodium_base64_ENCODED_LEN(RANDOM_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                   TOKEN_TEXT_LEN - PREFIX_LEN + 1,
               "TOKEN_TEXT_LEN fits");

void token_make(struct token_text *out)
{
    uint8_t bytes[RANDOM_BYTES];

    if (sodium_init() < 0)
        abort();
    randombytes_buf(bytes, sizeof bytes);
    memcpy(out->text, TOKEN_PREFIX, PREFIX_LEN);
    sodium_bin2base64(out->text + PREFIX_LEN, sizeof out->text - PREFIX_LEN, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

bool token_well_formed(const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (strlen(text) != TOKEN_TEXT_LEN || strncmp(text, TOKEN_PREFIX, PREFIX_LEN) != 0)
        return false;
    return strspn(text + PREFIX_LEN, alphabet) == TOKEN_TEXT_LEN - PREFIX_LEN;
}

void token_hash(struct token_hash *out, const char *text)
{
    crypto_generichash(out->bytes, sizeof out->bytes, (const unsigned char *)text, strlen(text), NULL, 0);
}

bool token_hash_equal(const struct token_hash *a, const struct token_hash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
