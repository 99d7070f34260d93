/* rows: what is known of a resource as flat rows of a feed, with the names that services/feedback/README.md lists.
 * Pure.
 *
 * A row is a function of what is known, so it comes out the same for any order of events. Each has a name within its
 * resource: the item, or the item with a mark behind it for the row that takes it back.
 */
#ifndef BIHUAN_FEEDBACK_TMF_ROWS_H
#define BIHUAN_FEEDBACK_TMF_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "feedback/tmf/known.h"

struct tmf_setting {
    enum fact_kind kind; /* of the feed */
    bool credit_notes_unsigned;
    struct zone zone;
};

/* All of what the building of rows shares. */
struct tmf_build {
    const json_t *known;
    const json_t *body;
    const char *id; /* of the resource */
    enum tmf_resource resource;
    const struct tmf_setting *setting;
    struct arena *arena;
    json_t *rows; /* {name: row} */
};

/* Works the rows of the resource out and compares them with those in `known`. What is new or different is appended to
 * `out`, one JSON object a line, with the next version, and noted in `known`. Returns their number; 0 too while the
 * resource isn't told whole. */
size_t tmf_rows(json_t *known, enum tmf_resource resource, const char *id, const struct tmf_setting *setting,
                struct arena *arena, struct buf *out);
/* Appends rows that take back all that `known` says was recorded, as of a resource that another one turned out to be.
 * Returns their number. */
size_t tmf_rows_withdraw(const json_t *known, enum fact_kind kind, struct arena *arena, struct buf *out);

/* --- between the files of rows --- */
/* Sets a member of a row; nothing where the text is empty. */
void tmf_put(json_t *row, const char *name, const char *text);
/* customer, party.<role>, party_name.<role>, account. */
void tmf_put_parties(json_t *row, const json_t *body);
/* Adds the row of an item, if it has a state; and where it is cancelled, the row that takes it back. `item` is where
 * its states are noted, `name` what the row is called; `row` is taken over. usual: the time of the record itself. */
void tmf_add(struct tmf_build *build, json_t *row, const char *item, const char *name, const char *usual);

void tmf_order_rows(struct tmf_build *build);
void tmf_bill_rows(struct tmf_build *build);
void tmf_payment_rows(struct tmf_build *build);
void tmf_lead_rows(struct tmf_build *build);
/* A row for each reading that says another level than the one before it. */
void tmf_stock_rows(struct tmf_build *build);

#endif
