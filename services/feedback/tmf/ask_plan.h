/* ask_plan: what to ask a sender's TM Forum API, and when. Pure. */
#ifndef BIHUAN_FEEDBACK_TMF_ASK_PLAN_H
#define BIHUAN_FEEDBACK_TMF_ASK_PLAN_H

#include "base/buf.h"
#include "feedback/tmf/words.h"

#include "bihuan/feedback.pb-c.h"

#define ASK_PAGE_MAX  1000
#define ASK_TIMES_MAX 8

/* What is asked for a feed of that kind: its resources, NULL-terminated by TMF_NONE. */
const enum tmf_resource *ask_resources(enum fact_kind kind);

/* The attributes by which windows of that resource are cut: the feed's, else the API's of the version that the URL ends
 * in. Returns their number; 0: all is asked for each time. Borrowed. */
size_t ask_times(const Bihuan__TmfSource *asks, enum tmf_resource resource, const char *out[ASK_TIMES_MAX]);

struct ask_window {
    int64_t from, until; /* microseconds UTC; until isn't in it */
};
/* through: what was asked for so far ends there; 0 nothing yet. */
struct ask_window ask_window(const Bihuan__TmfSource *asks, int64_t through, int64_t now);

uint32_t ask_page(const Bihuan__TmfSource *asks); /* resources in one answer */
/* One page; attribute NULL: no window. */
void ask_url(struct buf *out, const Bihuan__TmfSource *asks, enum tmf_resource resource, const char *attribute,
             const struct ask_window *window, uint64_t offset);
/* One resource by its id. */
void ask_one_url(struct buf *out, const Bihuan__TmfSource *asks, const char *kind, const char *id);

/* Whether another page is to be asked for. got: resources in this answer, of which a sender may give fewer than it was
 * asked for; total: what the sender says there are of them, -1 unknown; offset: of this page. A total isn't believed:
 * where it says that this was all, one page more is asked for (ASK_PROBE), and only what that holds tells. */
enum ask_next { ASK_END, ASK_MORE, ASK_PROBE };
enum ask_next ask_next(uint64_t offset, uint64_t got, int64_t total);
/* Whether an answer of that HTTP status to a probe says that nothing is there. */
bool ask_is_beyond(long status);
/* A page is the one before again, so the sender doesn't heed offset. ASK_END: that was all, since its total said so
 * (probing) or there were fewer than `page`; ASK_MORE: there may be more, which can't be had. */
enum ask_next ask_repeated(bool probing, uint64_t got, uint32_t page);

/* When to ask again: after a failure sooner, then ever later up to the feed's own pace. */
int64_t ask_due(const Bihuan__TmfSource *asks, int64_t asked_at, uint32_t failures);

/* What a registration is for, as one text that differs where any of it does; "" none is wanted. */
void ask_hub_wish(struct buf *out, const Bihuan__TmfSource *asks);
/* The body that registers the callback. */
void ask_hub_body(struct buf *out, const Bihuan__TmfSource *asks);

#endif
