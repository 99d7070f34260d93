/* listening: see listening.h. */
#include "feedback/tmf/listening.h"

#include "feedback/feeds/requests.h"
#include "feedback/state.h"
#include "feedback/tmf/listener.h"
#include "text/utf8.h"

#include "bihuan/feedback.pb-c.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX ((size_t)512 << 10)
#define BY_EXTERNAL "external:" /* before the id under which a resource is held that only its external id names */

int listening_begin(struct listening *l, struct tx *tx, const char *code, struct err *err)
{
    const char *why, *pointer;
    const struct snapshot *snapshot;

    *l = (struct listening) { .tx = tx, .now = tx_now(tx) };
    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    l->mapping = snapshot_feed(snapshot, code);
    if (!l->mapping)
        return err_fail(err, ERR_NOT_FOUND, "unknown_feed", "there is no feed \"%s\"", code);
    why = tmf_unfit(l->mapping, &pointer);
    if (why)
        return err_fail(err, ERR_CONFLICT, "no_listener", "feed \"%s\" can't take events (%s): %s", code, pointer, why);
    l->setting = (struct tmf_setting) { .kind = l->mapping->kind,
                                        .credit_notes_unsigned = l->mapping->feed->tmf_credit_notes_unsigned,
                                        .zone = l->mapping->zone };
    return 0;
}

static bool is_taken(const struct listening *l)
{
    return tmf_resource_suits(l->event.resource, l->mapping->kind) && l->event.action != TMF_REMARK;
}

/* --- the same event twice ------------------------------------------------------------------------------------------
 */

static void add_part(crypto_hash_sha256_state *hash, const char *text, size_t len)
{
    uint64_t size = len;

    crypto_hash_sha256_update(hash, (const uint8_t *)&size, sizeof size);
    crypto_hash_sha256_update(hash, (const uint8_t *)text, len);
}

/* An eventId alone tells no events apart: senders give the same one to different events. `named`: the resource as the
 * event itself names it, which stays the same when somebody says whose external id that is. */
static void make_digest(struct listening *l, const char *named)
{
    const struct tmf_event *event = &l->event;
    const char *parts[] = { event->event_id, event->type, named, event->time };
    char *said = json_dumps(event->body, JSON_COMPACT | JSON_SORT_KEYS);
    uint8_t full[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state hash;

    crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        add_part(&hash, parts[i], strlen(parts[i]));
    add_part(&hash, said ? said : "", said ? strlen(said) : 0);
    free(said);
    crypto_hash_sha256_final(&hash, full);
    memcpy(l->digest, full, sizeof l->digest);
    sodium_bin2hex(l->id, sizeof l->id, l->digest, sizeof l->digest);
}

/* --- taking it in --------------------------------------------------------------------------------------------------
 */

static int name_resource(struct listening *l, const char **named, struct err *err)
{
    const char *known;

    assert(l->event.id); /* the event was read */
    l->key = (struct tmf_key) { l->mapping->feed_id, l->event.resource, l->event.id };
    *named = l->event.id;
    if (*l->event.id)
        return 0;
    *named = arena_printf(tx_arena(l->tx), BY_EXTERNAL "%s", l->event.external);
    if (tmf_store_by_external(l->tx, l->mapping->feed_id, l->event.resource, l->event.external, &known, err) != 0)
        return -1;
    l->key.id = known ? known : *named;
    return 0;
}

int listening_read(struct listening *l, const json_t *root, const char *path, bool *taken, struct err *err)
{
    const char *named;

    *taken = false;
    if (tmf_event_read(root, path, tmf_resource_of_kind(l->mapping->kind), &l->setting.zone, l->now, tx_arena(l->tx),
                       &l->event, err) != 0)
        return -1;
    if (!is_taken(l))
        return 0;
    if (name_resource(l, &named, err) != 0)
        return -1;
    make_digest(l, named);
    *taken = true;
    return 0;
}

/* Control characters are spoilt, since lists and archives set names apart by them. */
static const char *name_of_type(struct tx *tx, const char *type)
{
    char *name = arena_strndup(tx_arena(tx), type, strnlen(type, TMF_ID_MAX));

    name[utf8_valid_len(name, strlen(name))] = 0; /* it may have been cut in the midst of a character */
    for (char *c = name; *c; c++)
        *c = (char)((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
    return name;
}

int listening_keep(struct listening *l, const json_t *root, const uint8_t *body, size_t len, struct err *err)
{
    bool is_new;

    l->event.body = json_text_at(root, "event"); /* all that it carries tells it apart */
    l->key = (struct tmf_key) { l->mapping->feed_id, TMF_NONE, name_of_type(l->tx, l->event.type) };
    make_digest(l, l->key.id);
    if (tmf_store_event(l->tx, &l->key, l->digest, body, len, &is_new, err) != 0)
        return -1;
    l->outcome = is_new ? "unknown" : "seen";
    return 0;
}

/* What came under the external id alone belongs to the resource that names it now; what was recorded of it under that
 * name is taken back, since the resource is recorded under its own. */
static int adopt(struct listening *l, json_t *known, uint32_t *events, struct err *err)
{
    struct tmf_key held = l->key;
    json_t *other;

    if (!*l->event.external || !*l->event.id)
        return 0;
    held.id = arena_printf(tx_arena(l->tx), BY_EXTERNAL "%s", l->event.external);
    if (tmf_store_get(l->tx, &held, &other, err) != 0)
        return -1;
    if (!other)
        return 0;
    tmf_known_join(known, other);
    l->rows += (uint32_t)tmf_rows_withdraw(other, l->setting.kind, tx_arena(l->tx), &l->lines);
    json_decref(other);
    *events += 1;
    return tmf_store_drop(l->tx, &held, err);
}

/* What became of it must be asked for. The tasks of cancellation aren't. */
static bool is_referred(const struct listening *l, enum tmf_resource resource)
{
    return !l->answering && resource == l->event.resource && resource != TMF_CANCEL_ORDER &&
           tmf_event_refers(&l->event);
}

static int put(struct listening *l, const struct tmf_key *key, const json_t *known, bool held, uint32_t events,
               struct err *err)
{
    const struct tmf_stored stored = { .external = l->event.external,
                                       .state = fact_state_name(l->mapping->kind, tmf_known_furthest(known)),
                                       .held = held,
                                       .referred = is_referred(l, key->resource),
                                       .events = events };

    return tmf_store_put(l->tx, key, &stored, known, err);
}

/* Works out the rows of a resource after something of it became known, and keeps both. */
static int settle(struct listening *l, const struct tmf_key *key, json_t *known, uint32_t events, struct err *err)
{
    json_t *body;
    bool told = tmf_known_body(known, key->resource, &body);

    if (told)
        json_decref(body);
    l->rows += (uint32_t)tmf_rows(known, key->resource, key->id, &l->setting, tx_arena(l->tx), &l->lines);
    l->outcome = !told ? "held" : l->rows ? "recorded" : is_referred(l, key->resource) ? "referred" : "unchanged";
    return put(l, key, known, !told, events, err);
}

/* The order of a cancellation that is done is cancelled; a cancellation that was refused changes nothing. */
static int cancel_order(struct listening *l, const json_t *task, struct err *err)
{
    struct tmf_key key = { l->key.feed_id, TMF_ORDER, "" };
    json_t *body, *known;
    int64_t at, said;
    int rc;

    if (!tmf_known_reached(task, "", 4, &at) || !tmf_known_body(task, TMF_CANCEL_ORDER, &body))
        return 0;
    if (tmf_time(json_text_of(body, "effectiveCancellationDate"), &l->setting.zone, &said))
        at = said;
    key.id = arena_strdup(tx_arena(l->tx), json_text_of(body, "productOrder.id"));
    json_decref(body);
    if (!*key.id)
        return 0;
    if (tmf_store_get(l->tx, &key, &known, err) != 0)
        return -1;
    known = known ? known : json_object();
    tmf_known_reach(known, "", FACT_STATE_CANCELLED, at);
    l->event.external = "";
    rc = settle(l, &key, known, 1, err);
    json_decref(known);
    return rc;
}

static int take_cancellation(struct listening *l, json_t *known, uint32_t events, struct err *err)
{
    int64_t at;
    json_t *body = NULL;
    bool done = tmf_known_reached(known, "", 4, &at);
    bool told = tmf_known_body(known, TMF_CANCEL_ORDER, &body);

    json_decref(body);
    l->outcome = done && !told ? "held" : "unchanged";
    if (put(l, &l->key, known, done && !told, events, err) != 0)
        return -1;
    return cancel_order(l, known, err);
}

/* A line goes to its bill, whose columns its row has; before the bill came it is held under the bill's name. */
static int take_line(struct listening *l, struct err *err)
{
    struct tmf_key key = { l->key.feed_id, TMF_BILL, "" };
    json_t *known;
    int rc;

    key.id = arena_strdup(tx_arena(l->tx), json_text_of(l->event.body, "bill.id"));
    l->outcome = "unchanged";
    if (!*key.id) /* not billed yet */
        return 0;
    if (tmf_store_get(l->tx, &key, &known, err) != 0)
        return -1;
    known = known ? known : json_object();
    tmf_known_take_line(known, &l->event);
    l->event.external = "";
    rc = settle(l, &key, known, 1, err);
    json_decref(known);
    return rc;
}

int listening_take(struct listening *l, struct err *err)
{
    uint32_t events = 1;
    json_t *known;
    int rc;

    if (l->event.resource == TMF_RATE)
        return take_line(l, err);
    if (tmf_store_get(l->tx, &l->key, &known, err) != 0)
        return -1;
    known = known ? known : json_object();
    rc = adopt(l, known, &events, err);
    tmf_known_take(known, &l->event, &l->setting.zone);
    if (rc == 0 && l->event.resource == TMF_CANCEL_ORDER)
        rc = take_cancellation(l, known, events, err);
    else if (rc == 0)
        rc = settle(l, &l->key, known, events, err);
    json_decref(known);
    return rc;
}

/* Bytes of whole lines from `at` on that fit into one request; a longer line goes alone, and is refused. */
static size_t piece(const struct buf *lines, size_t at)
{
    size_t end = at, next;

    for (; end < lines->len; end = next) {
        const uint8_t *stop = memchr(lines->data + end, '\n', lines->len - end);

        next = (size_t)(stop - lines->data) + 1;
        if (next - at > REQUEST_MAX && end > at)
            break;
    }
    return end - at;
}

int listening_record(struct listening *l, const char *name, struct err *err)
{
    Bihuan__AppendRecordsRequest request = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct file_row file;

    request.feed = (char *)(uintptr_t)l->mapping->feed->code;
    for (size_t at = 0, part = 1; at < l->lines.len; at += request.data.len, part++) {
        request.name = arena_printf(tx_arena(l->tx), "%s-%zu", name, part);
        request.data.data = l->lines.data + at;
        request.data.len = piece(&l->lines, at);
        if (append_records(l->tx, &request, &file, err) != 0)
            return -1;
    }
    return 0;
}
