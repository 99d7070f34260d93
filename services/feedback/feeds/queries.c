/* queries: feeds, files, quarantine, single facts. On reader threads. */
#include "feedback/control/sum_store.h"
#include "feedback/facts/fact_store.h"
#include "feedback/facts/effect.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/files/file_store.h"
#include "feedback/handlers.h"
#include "feedback/mapping/photos.h"
#include "feedback/measures/distinct_store.h"
#include "feedback/state.h"

#include "base/hash.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_DEFAULT 100
#define PAGE_MAX     500

static uint32_t page_limit(const Bihuan__Page *page)
{
    if (!page || !page->limit)
        return PAGE_DEFAULT;
    return page->limit < PAGE_MAX ? page->limit : PAGE_MAX;
}

static const char *page_cursor(const Bihuan__Page *page)
{
    return page ? page->cursor : "";
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- feeds ---------------------------------------------------------------------------------------------------------
 */

static Bihuan__FeedStatus *feed_status(struct tx *tx, const struct db_rows *rows, int i)
{
    Bihuan__FeedStatus *status = arena_new(tx_arena(tx), Bihuan__FeedStatus);
    size_t len;
    const uint8_t *body = db_bytes(rows, i, 1, &len);

    bihuan__feed_status__init(status);
    status->feed = bihuan__feed__unpack(&tx_arena(tx)->allocator, len, body);
    if (status->feed)
        status->feed->id = (uint32_t)db_i32(rows, i, 0);
    status->watermark = db_is_null(rows, i, 2) ? 0 : db_time(rows, i, 2);
    status->silent = db_bool(rows, i, 3);
    status->files = (uint64_t)db_i64(rows, i, 4);
    status->accepted = (uint64_t)db_i64(rows, i, 5);
    status->waiting = (uint64_t)db_i64(rows, i, 6);
    return status;
}

int on_list_feeds(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListFeedsRequest *request = message;
    Bihuan__ListFeedsReply reply = BIHUAN__LIST_FEEDS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct db_rows rows;

    if (feed_store_list(tx, request->code, page_cursor(request->page), limit + 1, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__FeedStatus *, rows.count + 1);
    for (int i = 0; i < rows.count && reply.n_items < limit; i++)
        reply.items[reply.n_items++] = feed_status(tx, &rows, i);
    if (rows.count > (int)limit && reply.items[limit - 1]->feed)
        reply.next = reply.items[limit - 1]->feed->code;
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

int on_list_files(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListFilesRequest *request = message;
    Bihuan__ListFilesReply reply = BIHUAN__LIST_FILES_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct file_filter filter = { .feed = request->feed,
                                  .name = request->name,
                                  .state = request->state,
                                  .id = request->id,
                                  .before = strtoull(page_cursor(request->page), NULL, 10),
                                  .limit = limit + 1 };
    struct file_row *files;
    size_t count;

    if (file_store_list(tx, &filter, &files, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__FeedFile *, count + 1);
    for (size_t i = 0; i < count && i < limit; i++) {
        reply.items[i] = arena_new(tx_arena(tx), Bihuan__FeedFile);
        file_row_to_message(&files[i], tx_arena(tx), reply.items[i]);
        reply.n_items++;
    }
    if (count > limit)
        reply.next = arena_printf(tx_arena(tx), "%" PRIu64, files[limit - 1].id);
    return tx_reply(tx, &reply.base, err);
}

/* --- quarantine ----------------------------------------------------------------------------------------------------
 */

static Bihuan__Reject *reject_message(struct tx *tx, const struct db_rows *rows, int i)
{
    Bihuan__Reject *reject = arena_new(tx_arena(tx), Bihuan__Reject);
    const uint8_t *raw;

    bihuan__reject__init(reject);
    reject->file_id = (uint64_t)db_i64(rows, i, 0);
    reject->row = (uint64_t)db_i64(rows, i, 1);
    reject->id = reject->file_id << 32 | (reject->row & UINT32_MAX);
    reject->line = (uint64_t)db_i64(rows, i, 2);
    reject->offset = (uint64_t)db_i64(rows, i, 3);
    reject->reason = borrow(db_text(rows, i, 4));
    reject->column = borrow(db_text(rows, i, 5));
    reject->value = borrow(db_text(rows, i, 6));
    reject->message = borrow(db_text(rows, i, 7));
    raw = db_bytes(rows, i, 8, &reject->raw.len);
    reject->raw.data = (uint8_t *)(uintptr_t)raw;
    reject->state = borrow(db_bool(rows, i, 9) ? "released" : "waiting");
    reject->feed = borrow(db_text(rows, i, 10));
    reject->file = borrow(db_text(rows, i, 11));
    return reject;
}

int on_list_rejects(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListRejectsRequest *request = message;
    Bihuan__ListRejectsReply reply = BIHUAN__LIST_REJECTS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct reject_filter filter = { .feed = request->feed,
                                    .reason = request->reason,
                                    .value = request->value,
                                    .file_id = request->file_id,
                                    .limit = limit + 1 };
    struct db_rows rows;
    int rc;

    if (*page_cursor(request->page) &&
        sscanf(page_cursor(request->page), "%" SCNu64 ".%" SCNu64, &filter.after_file, &filter.after_row) != 2)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor is not one of ours");
    if (reject_store_list(tx, &filter, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Reject *, rows.count + 1);
    for (int i = 0; i < rows.count && reply.n_items < limit; i++)
        reply.items[reply.n_items++] = reject_message(tx, &rows, i);
    if (rows.count > (int)limit)
        reply.next = arena_printf(tx_arena(tx), "%" PRIu64 ".%" PRIu64, reply.items[limit - 1]->file_id,
                                  reply.items[limit - 1]->row);
    rc = tx_reply(tx, &reply.base, err);
    db_rows_fini(&rows);
    return rc;
}

/* --- facts ---------------------------------------------------------------------------------------------------------
 */

static char *unit_code(const struct snapshot *snapshot, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(snapshot->reference, id);

    return borrow(unit ? unit->code : "");
}

static void fill_codes(const struct snapshot *snapshot, const struct order_line *line, Bihuan__Fact *fact)
{
    const struct ref_channel *channel = reference_channel(snapshot->reference, line->channel);
    const struct ref_product *product = reference_product(snapshot->reference, line->product);

    fact->unit = unit_code(snapshot, line->unit);
    fact->site = unit_code(snapshot, line->site == line->unit ? 0 : line->site);
    fact->seller = unit_code(snapshot, line->seller);
    fact->place = unit_code(snapshot, line->place);
    fact->channel = borrow(channel ? channel->code : "");
    fact->product = borrow(product ? product->code : "");
}

static void fill_contributions(struct arena *arena, const struct snapshot *snapshot, const struct order_line *line,
                               Bihuan__Fact *fact)
{
    fact->contributions = arena_array(arena, Bihuan__Contribution *, line->contributions.count + 1);
    for (uint16_t i = 0; i < line->contributions.count; i++) {
        Bihuan__Contribution *c = arena_new(arena, Bihuan__Contribution);

        bihuan__contribution__init(c);
        c->measure = borrow(reference_measure_code(snapshot->reference, (uint32_t)line->contributions.measures[i]));
        c->value = line->contributions.values[i];
        c->unit = unit_code(snapshot,
                            reference_credited(snapshot->reference, (uint32_t)line->contributions.measures[i], line));
        fact->contributions[fact->n_contributions++] = c;
    }
}

/* What it counts for in distinct counts, while it is the first of its group. */
static int add_distinct(struct tx *tx, const struct snapshot *snapshot, const struct order_line *line,
                        Bihuan__Fact *fact, struct err *err)
{
    const struct distinct_record record = { line->bucket, line->sender, line->key };
    struct arena *arena = tx_arena(tx);
    struct distinct_line *lines;
    Bihuan__Contribution **all;
    size_t count;

    if (!reference_has_distinct(snapshot->reference))
        return 0;
    if (distinct_store_of(tx, &record, 1, arena, &lines, &count, err) != 0)
        return -1;
    all = arena_array(arena, Bihuan__Contribution *, fact->n_contributions + count + 1);
    if (fact->n_contributions)
        memcpy(all, fact->contributions, fact->n_contributions * sizeof *all);
    fact->contributions = all;
    for (size_t i = 0; i < count; i++) {
        Bihuan__Contribution *c;

        if (!lines[i].first)
            continue;
        c = all[fact->n_contributions++] = arena_new(arena, Bihuan__Contribution);
        bihuan__contribution__init(c);
        c->measure = borrow(reference_measure_code(snapshot->reference, lines[i].measure));
        c->unit = unit_code(snapshot, lines[i].unit);
        c->value = 1;
    }
    return 0;
}

static int fill_file(struct tx *tx, const struct order_line *line, Bihuan__Fact *fact, struct err *err)
{
    struct file_row file;
    bool found;

    if (file_store_get(tx, line->file_id, &found, &file, err) != 0)
        return -1;
    fact->file = borrow(found ? file.name : "");
    fact->row = line->row;
    return 0;
}

static int fill_sums(struct tx *tx, const struct order_line *line, Bihuan__Fact *fact, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    const char *names[SUMS_MAX];

    if (!line->sum_count)
        return 0;
    if (sum_store_names(tx, line->file_id, names, err) != 0)
        return -1;
    fact->sums = arena_array(arena, Bihuan__ColumnAmount *, line->sum_count);
    for (uint8_t i = 0; i < line->sum_count; i++) {
        Bihuan__ColumnAmount *sum = arena_new(arena, Bihuan__ColumnAmount);

        bihuan__column_amount__init(sum);
        sum->column = borrow(names[i] ? names[i] : "");
        sum->amount = line->sums[i];
        fact->sums[fact->n_sums++] = sum;
    }
    return 0;
}

/* Hashes in small letters, as most tools print them. */
static Bihuan__Photo *photo_message(struct arena *arena, const struct photo *photo)
{
    Bihuan__Photo *out = arena_new(arena, Bihuan__Photo);

    bihuan__photo__init(out);
    out->ref = arena_strndup(arena, photo->ref, photo->ref_len);
    out->sha256 = arena_strndup(arena, photo->sha256, 64);
    for (char *c = out->sha256; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    out->taken_at = photo->taken_at;
    return out;
}

static int fill_photos(struct tx *tx, const struct order_line *line, Bihuan__Fact *fact, struct err *err)
{
    struct photo photo;
    struct zone zone;
    size_t at = 0;

    if (!line->photos_len)
        return 0;
    if (zone_parse(runtime_setting(tx_runtime(tx), "utc_offset"), &zone, err) != 0)
        return -1;
    fact->photos = arena_array(tx_arena(tx), Bihuan__Photo *, PHOTOS_MAX);
    while (fact->n_photos < PHOTOS_MAX && photo_next(line->photos, line->photos_len, &at, &zone, &photo) > 0)
        fact->photos[fact->n_photos++] = photo_message(tx_arena(tx), &photo);
    return 0;
}

static Bihuan__Fact *fact_message(struct tx *tx, const struct snapshot *snapshot, const char *sender,
                                  const struct order_line *line)
{
    Bihuan__Fact *fact = arena_new(tx_arena(tx), Bihuan__Fact);
    char day[DATE_TEXT_MAX];

    bihuan__fact__init(fact);
    date_print(day, line->day);
    fact->sender = borrow(sender);
    fact->record_key = borrow(line->key);
    fact->operation = borrow(line->operation == OPERATION_CANCEL ? "cancel" : "record");
    fact->version = (uint32_t)order_version_own(line->version);
    fact->state = borrow(fact_state_name(fact_kind_of_sender(line->sender), line->state));
    fact->day = arena_strdup(tx_arena(tx), day);
    fact->occurred_at = line->occurred_at;
    fact->quantity = line->quantity;
    fact->amount = line->amount;
    fact->customer = borrow(line->customer);
    fact->known_at = line->known_at;
    fill_codes(snapshot, line, fact);
    fill_contributions(tx_arena(tx), snapshot, line, fact);
    return fact;
}

/* The latest record row counts unless it was cancelled. */
static const struct order_line *effective(const struct order_line *lines, size_t count)
{
    const struct order_line *best = NULL;

    for (size_t i = 0; i < count; i++) {
        if (lines[i].operation == OPERATION_CANCEL)
            return NULL;
        if (!best || lines[i].version > best->version)
            best = &lines[i];
    }
    return best;
}

static int get_fact(struct tx *tx, const struct snapshot *snapshot, const Bihuan__GetFactRequest *request,
                    struct err *err)
{
    Bihuan__GetFactReply reply = BIHUAN__GET_FACT_REPLY__INIT;
    uint64_t hash = hash_record(request->sender, request->record_key, strlen(request->record_key));
    const char *keys[] = { request->record_key };
    struct order_line *lines;
    size_t count;

    if (fact_store_find(tx, hash_bucket(hash, runtime_bucket_count(tx_runtime(tx))),
                        snapshot_sender_id(snapshot, request->sender), keys, 1, &lines, &count, err) != 0)
        return -1;
    if (!count)
        return err_fail(err, ERR_NOT_FOUND, "unknown_record", "sender \"%s\" has sent no record \"%s\"",
                        request->sender, request->record_key);
    reply.scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    reply.items = arena_array(tx_arena(tx), Bihuan__Fact *, count);
    for (size_t i = 0; i < count; i++) {
        Bihuan__Fact *fact = fact_message(tx, snapshot, request->sender, &lines[i]);

        fact->effective = &lines[i] == effective(lines, count);
        if (fill_file(tx, &lines[i], fact, err) != 0 || fill_sums(tx, &lines[i], fact, err) != 0 ||
            fill_photos(tx, &lines[i], fact, err) != 0 ||
            (fact->effective && add_distinct(tx, snapshot, &lines[i], fact, err) != 0))
            return -1;
        reply.items[reply.n_items++] = fact;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_get_fact(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    int rc;

    if (!snapshot)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "this instance is not active; try again");
    rc = get_fact(tx, snapshot, message, err);
    snapshot_drop(&snapshot);
    return rc;
}
