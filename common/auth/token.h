/* token: bearer tokens: random text that is shown once; only its hash is kept. */
#ifndef BIHUAN_AUTH_TOKEN_H
#define BIHUAN_AUTH_TOKEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_PREFIX   "bih_"
#define TOKEN_TEXT_LEN 47 /* prefix and 43 characters of base64url: 32 random bytes */
#define TOKEN_HASH_LEN 32

struct token_text {
    char text[TOKEN_TEXT_LEN + 1];
};
struct token_hash {
    uint8_t bytes[TOKEN_HASH_LEN];
};

void token_make(struct token_text *out);
/* False where the text cannot be a token of ours (length, prefix, characters). */
bool token_well_formed(const char *text);
/* BLAKE2b-256 of the text. A token has 256 random bits, so a fast hash without salt is enough. */
void token_hash(struct token_hash *out, const char *text);
/* In constant time. */
bool token_hash_equal(const struct token_hash *a, const struct token_hash *b);

#endif
