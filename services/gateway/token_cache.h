/* token_cache: all tokens in memory, so that a request is authenticated without the data base.
 *
 * The writer thread stages what a transaction changes and publishes it after the commit; the loop thread finds.
 */
#ifndef BIHUAN_GATEWAY_TOKEN_CACHE_H
#define BIHUAN_GATEWAY_TOKEN_CACHE_H

#include "base/arena.h"
#include "gateway/token_store.h"

#include <stdbool.h>

#include "bihuan/envelope.pb-c.h"

struct token_cache;

struct token_cache *token_cache_new(void);
void token_cache_destroy(struct token_cache **cache);

/* --- writer thread --- */
/* Takes the tokens over as all there are. */
void token_cache_load(struct token_cache *cache, const struct token_row *rows, size_t count);
/* A token that is new or changed; seen after token_cache_commit(), forgotten by token_cache_drop(). */
void token_cache_stage(struct token_cache *cache, const struct token_row *row);
void token_cache_commit(struct token_cache *cache);
/* Nothing is known any more until the next load. */
void token_cache_drop(struct token_cache *cache);
size_t token_cache_count(struct token_cache *cache);

/* --- any thread --- */
enum token_verdict { TOKEN_GOOD, TOKEN_UNKNOWN, TOKEN_ENDED, TOKEN_REVOKED, TOKEN_NOT_LOADED };
/* TOKEN_GOOD: fills a principal in the arena, which ends at `ends_at_us` or when the token does, and the token's id. */
enum token_verdict token_cache_find(struct token_cache *cache, const char *text, int64_t now_us, int64_t ends_at_us,
                                    struct arena *arena, Bihuan__Principal *out, uint32_t *id);
/* What a token found before is worth now. */
enum token_verdict token_cache_judge(struct token_cache *cache, uint32_t id, int64_t now_us);

#endif
