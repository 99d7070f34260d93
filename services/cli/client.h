/* client: asks the gateway. Blocking.
 *
 * A request with effect carries an Idempotency-Key of its own and so may be sent again: busy and unavailable answers
 * are tried again for CLIENT_PATIENCE_MS.
 */
#ifndef BIHUAN_CLI_CLIENT_H
#define BIHUAN_CLI_CLIENT_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_PATIENCE_MS 15000

struct client;

struct client_answer {
    long status;  /* 0: nobody answered; then `json` is NULL and `trouble` says why */
    json_t *json; /* owned; NULL where the body isn't JSON */
    char trouble[256];
};

/* token "": none. */
struct client *client_new(const char *url, const char *token, const char *language);
void client_destroy(struct client **client);

/* body NULL: none. True when the answer is 200 and JSON. */
bool client_ask(struct client *client, const char *method, const char *path, const json_t *body,
                struct client_answer *answer);
/* PUT of bytes. */
bool client_put(struct client *client, const char *path, const void *bytes, size_t len, struct client_answer *answer);
/* GET of a document: appends its bytes. True when the answer is 200; else *answer says why. */
bool client_get_file(struct client *client, const char *path, struct buf *out, struct client_answer *answer);
void client_answer_fini(struct client_answer *answer);

/* Reads server-sent events until the stream ends or event() returns false. 200, the status of a refusal (then *answer
 * is filled), or 0. last_id "" at first; kept up to date. */
typedef bool client_event_fn(void *arg, const char *topic, const char *data);
long client_watch(struct client *client, const char *path, char last_id[64], client_event_fn *event, void *arg,
                  struct client_answer *answer);

/* Percent-encodes into a static buffer of several places: valid for the next seven calls. */
const char *client_escape(const char *text);

#endif
