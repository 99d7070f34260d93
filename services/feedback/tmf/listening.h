/* listening: what is told of resources, by events or by answers to what was asked, taken in and recorded as rows. */
#ifndef BIHUAN_FEEDBACK_TMF_LISTENING_H
#define BIHUAN_FEEDBACK_TMF_LISTENING_H

#include "feedback/mapping/mapping.h"
#include "feedback/tmf/rows.h"
#include "feedback/tmf/tmf_store.h"

struct listening {
    struct tx *tx;
    const struct mapping *mapping;
    struct tmf_setting setting;
    int64_t now;            /* when it came: business time */
    struct tmf_event event; /* the one that is taken in */
    struct tmf_key key;
    uint8_t digest[TMF_DIGEST_LEN];
    char id[TMF_DIGEST_LEN * 2 + 1]; /* of the event: the digest in hex */
    struct buf lines;                /* rows to be recorded; the caller frees */
    uint32_t rows;                   /* their number */
    const char *outcome;
    bool answering; /* it is taken in what the sender answered, not what it told by itself */
};

/* Finds the feed and sets out. NOT_FOUND unknown_feed, CONFLICT no_listener. */
int listening_begin(struct listening *l, struct tx *tx, const char *feed, struct err *err);
/* Reads an event; false in *taken: the feed doesn't take it. path: see tmf_event_read(). Afterwards `key` and `id`. */
int listening_read(struct listening *l, const json_t *root, const char *path, bool *taken, struct err *err);
/* Keeps an event that the feed doesn't take as it was posted, under its type: nobody knows that, and so not what is
 * lost with it. root: the body as it was read. */
int listening_keep(struct listening *l, const json_t *root, const uint8_t *body, size_t len, struct err *err);
/* Takes in what the event that was read tells; adds its rows to `lines`. */
int listening_take(struct listening *l, struct err *err);
/* The rows go the way of appended ones: map, quarantine, deduplication, measures. name: of the file that they make. */
int listening_record(struct listening *l, const char *name, struct err *err);

#endif
