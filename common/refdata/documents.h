/* documents: resources that are applied as wholes under a code: channels, products, feeds, rules, scorecards ...
 *
 * A kind is a protobuf message with the fields `uint32 id` and `string code`. Applying is all or nothing: every item is
 * checked, problems carry JSON pointers into the request, dry runs show what would change. Ids are allotted in order
 * and never reused. All calls run inside the caller's transaction.
 */
#ifndef BIHUAN_REFDATA_DOCUMENTS_H
#define BIHUAN_REFDATA_DOCUMENTS_H

#include "runtime/runtime.h"

#include "bihuan/common.pb-c.h"

struct documents_kind {
    const char *kind; /* "channel" */
    const ProtobufCMessageDescriptor *type;
    /* Adds problems (tx_problem) about one item; `pointer` is its place, e.g. "/items/3". `existing` is what is stored
     * under the code, NULL for a new one. May complete the item (defaults, merging with what exists). May be NULL.
     * -1 only for errors that are not the item's fault. */
    int (*check)(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                 struct err *err);
};

/* What an apply did; in the call's arena. `changed` are the items that were created or changed, with their ids; with
 * dry_run nothing was stored. */
struct documents_result {
    ProtobufCMessage **changed;
    size_t changed_count;
    Bihuan__ApplyReply *reply;
};

/* -1 (with tx_refuse) when any item has a problem. The caller publishes `changed` and replies `reply`. */
int documents_apply(struct tx *tx, const struct documents_kind *kind, bool dry_run, ProtobufCMessage **items,
                    size_t count, struct documents_result *out, struct err *err);

/* Stores one as it is, id included: for copies of planning's documents. */
int documents_put(struct tx *tx, const char *kind, const ProtobufCMessage *item, struct err *err);

/* Calls each(arg, message) for all of a kind, by id; messages live in the call's arena. */
typedef int documents_each_fn(void *arg, const ProtobufCMessage *message, struct err *err);
int documents_each(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, documents_each_fn *each,
                   void *arg, struct err *err);

/* One by code, NULL in *out where there is none. */
int documents_get(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, const char *code,
                  ProtobufCMessage **out, struct err *err);

/* A page in order of code. `keep` (may be NULL) chooses. *next is "" at the end. */
typedef bool documents_keep_fn(const void *arg, const ProtobufCMessage *message);
int documents_list(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, const Bihuan__Page *page,
                   documents_keep_fn *keep, const void *arg, ProtobufCMessage ***items, size_t *count, char **next,
                   struct err *err);

/* limit of a page: 100 unless given, at most 500. */
uint32_t page_limit(const Bihuan__Page *page);

/* A code is 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit. */
bool code_valid(const char *code);

#endif
