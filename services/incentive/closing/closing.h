/* closing: closing a period: its scores and statements are frozen and hashed. */
#ifndef BIHUAN_INCENTIVE_CLOSING_H
#define BIHUAN_INCENTIVE_CLOSING_H

#include "incentive/closing/closing_store.h"
#include "incentive/crediting/credit_store.h"
#include "incentive/state.h"

/* Sum modulo 2^256 of the SHA-256 of each credit, and how many measures of a card they hold. */
struct digest_sum {
    uint64_t limbs[4]; /* least first */
    uint64_t count;
};
/* Adds one credit. */
void digest_add(struct digest_sum *sum, const uint8_t hash[DIGEST_LEN]);
/* Over all that a credit line says, so that two differ where any of it does. */
void digest_of(const struct credit_found *row, uint8_t hash[DIGEST_LEN]);
void digest_bytes(const struct digest_sum *sum, uint8_t out[DIGEST_LEN]);
void hash_text(const uint8_t hash[DIGEST_LEN], char out[HASH_TEXT]);

/* Tells that a unit's statement was sealed: of its score, or of its pay. */
int closing_publish_statement(struct incentive *state, struct tx *tx, const char *period, uint32_t unit_id,
                              const char *hash, bool pay, struct err *err);

/* CLOSE_PERIOD */
int closing_request(struct tx *tx, const void *message, struct err *err);

#endif
