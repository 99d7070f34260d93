/* tmf_store: the SQL of TM Forum events and of what is known of their resources. */
#ifndef BIHUAN_FEEDBACK_TMF_STORE_H
#define BIHUAN_FEEDBACK_TMF_STORE_H

#include "feedback/tmf/known.h"
#include "runtime/runtime.h"

#define TMF_DIGEST_LEN 16

struct tmf_key {
    uint32_t feed_id;
    enum tmf_resource resource;
    const char *id;
};

/* Keeps an event; of TMF_NONE as one of unknown type, whose name is the key's id. *is_new false: it is there already,
 * and nothing was done. */
int tmf_store_event(struct tx *tx, const struct tmf_key *key, const uint8_t digest[TMF_DIGEST_LEN], const uint8_t *body,
                    size_t len, bool *is_new, struct err *err);
/* An event of unknown type; in the call's arena. */
struct tmf_unknown {
    const char *type;
    int64_t received_at;
    uint8_t digest[TMF_DIGEST_LEN];
    const uint8_t *body;
    size_t len;
};
/* How far those of a feed are looked at once more. */
struct tmf_retake_place {
    uint32_t feed_id;
    const char *type;
    int64_t at;
    uint8_t digest[TMF_DIGEST_LEN];
};
/* Those of the feed, or of all feeds (0), are to be looked at once more, from the first on. */
int tmf_store_retake(struct tx *tx, uint32_t feed_id, struct err *err);
/* One of the feeds where they are; *found. */
int tmf_store_retaking(struct tx *tx, struct tmf_retake_place *place, bool *found, struct err *err);
int tmf_store_retake_move(struct tx *tx, const struct tmf_retake_place *place, struct err *err);
int tmf_store_retake_end(struct tx *tx, uint32_t feed_id, struct err *err);
/* The next ones behind the place. */
int tmf_store_unknown(struct tx *tx, const struct tmf_retake_place *place, uint32_t limit, struct tmf_unknown **out,
                      size_t *count, struct err *err);
/* One is known by now as an event of the resource `key`; *is_new as of tmf_store_event(). */
int tmf_store_known(struct tx *tx, const struct tmf_key *key, const uint8_t was[TMF_DIGEST_LEN],
                    const uint8_t digest[TMF_DIGEST_LEN], bool *is_new, struct err *err);
/* One is known by now, and nothing for its feed: it is kept, and listed no more. */
int tmf_store_ignored(struct tx *tx, uint32_t feed_id, const uint8_t digest[TMF_DIGEST_LEN], struct err *err);

/* The id under which a resource is known that an event names by its external id alone; in the call's arena, NULL where
 * there is none. */
int tmf_store_by_external(struct tx *tx, uint32_t feed_id, enum tmf_resource resource, const char *external,
                          const char **id, struct err *err);
/* What is known of a resource; NULL where nothing is. The caller frees it with json_decref(). */
int tmf_store_get(struct tx *tx, const struct tmf_key *key, json_t **known, struct err *err);

struct tmf_stored {
    const char *external; /* "" none */
    const char *state;    /* "" none */
    bool held;
    bool referred;   /* by an event that says nothing of it: to be asked for */
    uint32_t events; /* received with this one */
};
int tmf_store_put(struct tx *tx, const struct tmf_key *key, const struct tmf_stored *stored, const json_t *known,
                  struct err *err);
/* It was asked for by id, because of what had come of it up to `referred_at` (0: it is held). */
int tmf_store_tried(struct tx *tx, const struct tmf_key *key, int64_t referred_at, struct err *err);
/* It was asked for at once, and told nothing new: perhaps the sender spoke before it was so. It's asked for once more
 * when its turn comes. */
int tmf_store_prompted(struct tx *tx, const struct tmf_key *key, int64_t referred_at, struct err *err);
int tmf_store_drop(struct tx *tx, const struct tmf_key *key, struct err *err);

/* Columns: feed, kind, resource_id, state, events, since; ordered by feed, kind, resource_id. Events of unknown type
 * are one row a type, of kind "unknown". code "": of all feeds; after_*: the row behind which the page begins, "" each
 * for the first. */
struct tmf_page {
    const char *feed;
    const char *after_feed, *after_kind, *after_id;
    uint32_t limit;
};
int tmf_store_held(struct tx *tx, const struct tmf_page *page, struct db_rows *rows, struct err *err);
int tmf_store_count_held(struct tx *tx, const char *feed, uint64_t *count, struct err *err);

/* Takes the oldest events out of the table that came before `before`. Rows: feed, digest, kind, resource_id,
 * received_at, body, by feed and time. */
int tmf_store_take_old(struct tx *tx, int64_t before, uint32_t limit, struct db_rows *rows, struct err *err);

#endif
