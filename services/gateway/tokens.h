/* tokens: making a bearer token for somebody: what may be asked, what is written, what is answered. */
#ifndef BIHUAN_GATEWAY_TOKENS_H
#define BIHUAN_GATEWAY_TOKENS_H

#include "auth/token.h"
#include "gateway/answer.h"

#include "bihuan/gateway.pb-c.h"

/* A token that is being made; the secret never reaches the data base. It outlives the call when the writer is slow. */
struct token_made {
    struct token_row row; /* first: it is the job's message; id is filled in by on_create_token() */
    struct arena arena;
    struct token_text secret;
    struct call *call; /* only while the call waits */
};

/* NULL, or why the request is refused. Who sees one subtree only can make tokens for that one only. */
Bihuan__Problem *tokens_check(const Bihuan__CreateTokenRequest *request, const Bihuan__Principal *maker,
                              struct arena *arena);
struct token_made *tokens_make(struct call *call, const Bihuan__CreateTokenRequest *request);
void tokens_release(void *made);
/* The answer, with the secret. */
const ProtobufCMessage *tokens_reply(const struct token_made *made, struct arena *arena);

#endif
