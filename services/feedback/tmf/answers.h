/* answers: what a sender answered when it was asked, taken in by the writer. */
#ifndef BIHUAN_FEEDBACK_TMF_ANSWERS_H
#define BIHUAN_FEEDBACK_TMF_ANSWERS_H

#include "base/buf.h"
#include "feedback/tmf/source_store.h"
#include "feedback/tmf/envelope.h"

#define FEED_CODE_MAX 128

/* One page. */
struct tmf_page_answer {
    char feed[FEED_CODE_MAX];
    enum tmf_resource resource;
    int64_t at;              /* when it was so, by the sender's clock, microseconds UTC */
    struct buf body;         /* JSON: a list of resources */
    char id[TMF_ID_MAX + 1]; /* of the one that was asked for, of which nothing may have come; "" a page */
    int64_t referred_at;     /* of that one, see source_store_held() */
    bool at_once;            /* it was asked for out of turn, since an event referred to it */
    /* filled in by the writer */
    uint64_t seen;    /* resources in it */
    uint64_t missed;  /* that told something new */
    uint64_t unnamed; /* that can't be known again: they have no id */
};

/* HANDLE_LOCAL: a struct tmf_page_answer. ERR_INVALID, bad_json: it is no list. */
int tmf_take_answer(struct tx *tx, const void *message, struct err *err);
/* HANDLE_LOCAL: a struct source_row: how the asking ended. */
int tmf_note_source(struct tx *tx, const void *message, struct err *err);

#endif
