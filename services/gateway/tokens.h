/* tokens: making a bearer token for somebody: what may be asked, what is written, what is answered. */
#ifndef BIHUAN_GATEWAY_TOKENS_H
#define BIHUAN_GATEWAY_TOKENS_H

#include "auth/token.h"
#include "gateway/answer.h"

#include "bihuan/gateway.pb-c.h"

/* A token that is being made; lives in the call's arena. The secret never reaches the data base. */
struct token_made {
    struct call *call;
    struct token_text secret;
    struct token_order order;
};

/* NULL, or why the request is refused. */
Bihuan__Problem *tokens_check(const Bihuan__CreateTokenRequest *request, struct arena *arena);
struct token_made *tokens_order(struct call *call, const Bihuan__CreateTokenRequest *request);
/* The answer, with the secret. */
const ProtobufCMessage *tokens_reply(const struct token_made *made, struct arena *arena);

#endif
