/* ask_source: one sender asked. See asker.h. */
#include "feedback/tmf/asker_internal.h"

#include "feedback/tmf/ask_plan.h"
#include "base/hash.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX      ((size_t)16 << 20)
#define PAGES_MAX     100000 /* of one window: a sender that never comes to an end isn't asked for ever */
#define TIMEOUT_S     30
#define HELD_AT_ONCE  100
#define OPEN_AGAIN_US (86400LL * US_PER_SECOND)       /* an order under way is asked for once a day */
#define OPEN_UNTIL_US (180 * 86400LL * US_PER_SECOND) /* ... for half a year */
#define HELD_AFTER_US (60 * US_PER_SECOND)            /* a create may still be on its way */
#define NO_DATE_US    (60 * US_PER_SECOND)            /* how far a clock that isn't known may be off */
#define TOKEN_MAX     8192
#define BAD_IN_A_ROW  3 /* resources that are answered with an error: the others are asked for at the next round */

/* --- one call ------------------------------------------------------------------------------------------------------
 */

static int read_token(struct asking *a, struct err *err)
{
    const char *name = a->asks->token_file, *dir = runtime_setting(a->asker->rt, "secrets_dir");
    char path[1024], text[TOKEN_MAX];
    size_t len;
    FILE *file;

    if (!*name)
        return 0;
    if (*dir)
        snprintf(path, sizeof path, "%s/%s", dir, name);
    else
        snprintf(path, sizeof path, "%s/secrets/%s", runtime_setting(a->asker->rt, "data_dir"), name);
    file = fopen(path, "re");
    if (!file)
        return err_fail(err, ERR_NOT_FOUND, "no_token", "the token can't be read: %s: %m", path);
    len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = 0;
    text[strcspn(text, "\r\n")] = 0;
    buf_printf(&a->bearer, "Authorization: Bearer %s", text);
    explicit_bzero(text, sizeof text);
    return 0;
}

static int check_host(const struct asking *a, struct err *err)
{
    const char *allowed = runtime_setting(a->asker->rt, "tmf_hosts");
    char host[256];

    if (!http_url_host(a->asks->url, host, sizeof host))
        return err_fail(err, ERR_INVALID, "bad_url", "\"%.200s\" is no http or https address", a->asks->url);
    if (!http_host_listed(allowed, host))
        return err_fail(err, ERR_FORBIDDEN, "host_not_allowed",
                        "host %s may not be asked: add it to feedback's setting tmf_hosts", host);
    return 0;
}

int asking_call(struct asking *a, const char *method, const char *url, struct buf *body, struct http_answer *answer,
                struct err *err)
{
    const char *headers[4] = { "Accept: application/json" };
    const struct http_ask ask = { .method = method,
                                  .url = url,
                                  .headers = headers,
                                  .body = body ? body->data : NULL,
                                  .len = body ? body->len : 0,
                                  .timeout_s = TIMEOUT_S,
                                  .body_max = BODY_MAX };
    size_t count = 1;

    if (a->bearer.len)
        headers[count++] = buf_text(&a->bearer);
    if (body)
        headers[count++] = "Content-Type: application/json";
    a->status = 0;
    if (http_call(a->asker->http, &ask, answer) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "no_answer", "%s %.300s: %s", method, url, answer->error);
    a->status = answer->status;
    if (answer->status >= 200 && answer->status < 300)
        return 0;
    buf_fini(&answer->body);
    return err_fail(err,
                    answer->status == 404   ? ERR_NOT_FOUND
                    : answer->status == 409 ? ERR_CONFLICT
                                            : ERR_UNAVAILABLE,
                    "bad_answer", "%s %.300s: HTTP status %ld%s", method, url, answer->status,
                    answer->status >= 300 && answer->status < 400 ? " (redirects are not followed)" : "");
}

/* --- resources -----------------------------------------------------------------------------------------------------
 */

/* When the sender says it was so, in business time: a second less than its clock, which has no parts of seconds, so
 * that an event of the same second goes before it. */
static int64_t said_at(const struct asking *a, const struct http_answer *answer)
{
    if (!answer->date_us)
        return a->now - NO_DATE_US;
    return answer->date_us - US_PER_SECOND + runtime_clock(a->asker->rt)->shift_us;
}

/* Hands what was answered to the writer. one: what was asked for by id; NULL a page. */
static int take(struct asking *a, enum tmf_resource resource, struct http_answer *answer, const struct source_held *one,
                uint64_t *got, struct err *err)
{
    struct tmf_page_answer *page = &a->asker->page;

    snprintf(page->feed, sizeof page->feed, "%s", a->mapping->feed->code);
    page->resource = resource;
    page->at = said_at(a, answer);
    snprintf(page->id, sizeof page->id, "%s", one ? one->id : "");
    page->referred_at = one ? one->referred_at : 0;
    page->at_once = a->at_once;
    buf_reset(&page->body);
    buf_append_text(&page->body, one ? "[" : "");
    buf_append(&page->body, answer->body.data, answer->body.len);
    buf_append_text(&page->body, one ? "]" : "");
    if (asker_post(a->asker, tmf_take_answer, page, err) != 0)
        return -1;
    *got = page->seen;
    a->seen += page->seen;
    a->missed += page->missed;
    return 0;
}

struct paging {
    uint64_t offset, got; /* of the last page */
    uint64_t hash;        /* of its bytes */
    enum ask_next next;
};

/* One page. What a sender says of an end is believed when nothing comes behind it. */
static int ask_page_of(struct asking *a, enum tmf_resource resource, const char *url, struct paging *p, struct err *err)
{
    bool probing = p->next == ASK_PROBE, again;
    struct http_answer answer;
    uint64_t hash;
    int rc = 0;

    if (asking_call(a, "GET", url, NULL, &answer, err) != 0) {
        if (!probing || !ask_is_beyond(a->status))
            return -1;
        err_clear(err);
        p->next = ASK_END;
        return 0;
    }
    hash = hash_bytes(answer.body.data, answer.body.len, 0);
    again = p->got > 0 && hash == p->hash;
    p->hash = hash;
    if (again)
        p->next = ask_repeated(probing, p->got, ask_page(a->asks));
    else
        rc = take(a, resource, &answer, NULL, &p->got, err);
    if (again && p->next != ASK_END)
        rc = err_fail(err, ERR_TOO_LARGE, "endless",
                      "GET %.300s: the page before came again: the sender doesn't heed"
                      " offset; raise asks.page or narrow the windows",
                      url);
    else if (!again && rc == 0)
        p->next = ask_next(p->offset, p->got, answer.total);
    buf_fini(&answer.body);
    return rc;
}

static int ask_window_of(struct asking *a, enum tmf_resource resource, const char *attribute,
                         const struct ask_window *window, struct err *err)
{
    struct paging p = { .next = ASK_MORE };
    struct buf url = { 0 };
    int rc = 0;

    for (int page = 0; rc == 0 && p.next != ASK_END && page < PAGES_MAX; page++) {
        p.offset += p.got;
        buf_reset(&url);
        ask_url(&url, a->asks, resource, attribute, window, p.offset);
        rc = ask_page_of(a, resource, buf_text(&url), &p, err);
        if (rc == 0 && runtime_stopping(a->asker->rt))
            rc = err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
    }
    if (rc == 0 && p.next != ASK_END)
        rc = err_fail(err, ERR_TOO_LARGE, "endless", "more than %d pages: does the sender heed offset?", PAGES_MAX);
    buf_fini(&url);
    return rc;
}

static int ask_resource(struct asking *a, enum tmf_resource resource, struct err *err)
{
    const struct ask_window window = ask_window(a->asks, a->source->through, a->now);
    const char *times[ASK_TIMES_MAX];
    size_t count = ask_times(a->asks, resource, times);

    if (!count)
        return ask_window_of(a, resource, NULL, &window, err);
    for (size_t i = 0; i < count; i++)
        if (ask_window_of(a, resource, times[i], &window, err) != 0)
            return -1;
    return 0;
}

/* The resource of that name, if the feed asks for it. */
static enum tmf_resource asked_resource(const struct asking *a, const char *kind)
{
    const enum tmf_resource *resource = ask_resources(a->mapping->kind);

    while (*resource != TMF_NONE && strcmp(tmf_resource_name(*resource), kind) != 0)
        resource++;
    return *resource;
}

/* One that the sender has no more stays as it is, and is shown where it is held. One that it can't give now is noted as
 * tried, so that the others have their turn before it is asked again; a reference to it isn't answered by that. */
static int take_refusal(struct asking *a, enum tmf_resource resource, const struct source_held *held, bool gone,
                        struct err *err)
{
    struct source_held tried = { held->kind, held->id, gone ? held->referred_at : 0 };
    struct http_answer none = { 0 };
    uint64_t got;

    return take(a, resource, &none, &tried, &got, err);
}

/* *why: the sender answered, but not with it. */
static int ask_one(struct asking *a, const struct source_held *held, struct err *why, struct err *err)
{
    enum tmf_resource resource = asked_resource(a, held->kind);
    struct http_answer answer;
    struct buf url = { 0 };
    uint64_t got;
    int rc;

    err_clear(why);
    if (resource == TMF_NONE)
        return 0;
    ask_one_url(&url, a->asks, held->kind, held->id);
    rc = asking_call(a, "GET", buf_text(&url), NULL, &answer, err);
    buf_fini(&url);
    if (rc != 0 && a->status) {
        bool gone = a->status == 404 || a->status == 410;

        if (!gone)
            *why = *err;
        err_clear(err);
        return take_refusal(a, resource, held, gone, err);
    }
    if (rc == 0) {
        rc = take(a, resource, &answer, held, &got, err);
        buf_fini(&answer.body);
    }
    return rc;
}

/* Each by itself: one that the sender can't give holds up no other, nor what is asked for by time. Only where it knows
 * us no longer it's the sender that fails. */
static int ask_each(struct asking *a, const struct source_held *held, size_t count, struct err *err)
{
    int bad = 0;

    for (size_t i = 0; i < count && !runtime_stopping(a->asker->rt); i++) {
        struct err why;

        if (ask_one(a, &held[i], &why, err) != 0)
            return -1;
        if (why.cls != ERR_NONE && a->status == 401) {
            *err = why;
            return -1;
        }
        bad = why.cls == ERR_NONE ? 0 : bad + 1;
        if (bad)
            log_warn("tmf_resource_failed", "feed=%s error=\"%s\"", a->source->feed, why.text);
        if (a->at_once && (bad == BAD_IN_A_ROW || bad == (int)count)) {
            *err = why; /* nothing else says that the sender is well: the next round does */
            return -1;
        }
        if (bad == BAD_IN_A_ROW)
            break;
    }
    return 0;
}

/* Events that carry a reference only, or whose create was lost: what they are is asked for by id. */
static int ask_held(struct asking *a, struct err *err)
{
    struct source_held *held;
    size_t count;

    if (source_store_held(a->asker->db, &a->asker->arena, a->mapping->feed_id, a->now - HELD_AFTER_US, HELD_AT_ONCE,
                          &held, &count, err) != 0)
        return -1;
    return ask_each(a, held, count, err);
}

/* Orders under way: that one was rejected or failed has no time of its own, so no window finds it where its event was
 * lost. */
static int ask_open(struct asking *a, struct err *err)
{
    struct source_held *open;
    size_t count;

    if (source_store_open(a->asker->db, &a->asker->arena, a->mapping->feed_id, a->now - OPEN_AGAIN_US,
                          a->now - OPEN_UNTIL_US, HELD_AT_ONCE, &open, &count, err) != 0)
        return -1;
    return ask_each(a, open, count, err);
}

/* Out of turn: no create can be on its way that says more than the reference that came. */
static int ask_referred(struct asking *a, struct err *err)
{
    struct source_held *held;
    size_t count;
    int rc = source_store_referred(a->asker->db, &a->asker->arena, a->mapping->feed_id, HELD_AT_ONCE, &held, &count,
                                   err);

    return rc != 0 ? -1 : ask_each(a, held, count, err);
}

static int ask_all(struct asking *a, struct err *err)
{
    for (const enum tmf_resource *resource = ask_resources(a->mapping->kind); *resource != TMF_NONE; resource++) {
        if (ask_resource(a, *resource, err) == 0)
            continue;
        if (*resource != TMF_RATE || err->cls != ERR_NOT_FOUND)
            return -1;
        err_clear(err); /* a sender whose bills carry their lines */
    }
    return ask_held(a, err) != 0 ? -1 : ask_open(a, err);
}

/* --- one source ----------------------------------------------------------------------------------------------------
 */

static void note_outcome(struct asking *a, int rc, const struct err *err)
{
    struct source_row *source = a->source;
    struct arena *arena = &a->asker->arena;
    const char *labels = rc == 0 ? "result=\"answered\"" : "result=\"failed\"";

    source->asked_at = a->now;
    source->url = arena_strdup(arena, a->asks->url);
    source->seen += a->seen;
    source->missed += a->missed;
    source->failures = rc == 0 ? 0 : source->failures + 1;
    source->error = rc == 0 ? "" : arena_strdup(arena, err->text);
    if (rc == 0)
        source->through = a->now;
    metrics_count(runtime_metrics(a->asker->rt), "tmf_asked_total", "Senders asked for what no event told, by result.",
                  labels, 1);
    metrics_count(runtime_metrics(a->asker->rt), "tmf_missed_total",
                  "Resources that told, when asked for, what no event had told.", "", a->missed);
    if (rc != 0)
        log_warn("tmf_source_failed", "feed=%s failures=%" PRIu32 " error=\"%s\"", source->feed, source->failures,
                 source->error);
    else if (a->missed)
        log_info("tmf_source_asked", "feed=%s seen=%" PRIu64 " missed=%" PRIu64, source->feed, a->seen, a->missed);
}

static void begin(struct asking *a, struct asker *asker, const Bihuan__TmfSource *asks, struct source_row *source)
{
    *a = (struct asking) {
        .asker = asker, .asks = asks, .source = source, .now = clock_business_us(runtime_clock(asker->rt))
    };
}

static void end(struct asking *a)
{
    if (a->bearer.len)
        explicit_bzero(a->bearer.data, a->bearer.len);
    buf_fini(&a->bearer);
}

/* That it answered out of turn is no news of how far it was asked; that it fails is. */
static void note_at_once(struct asking *a, int rc, const struct err *err)
{
    if (rc != 0) {
        note_outcome(a, rc, err);
        return;
    }
    a->source->seen += a->seen;
    a->source->missed += a->missed;
}

void ask_source_referred(struct asker *asker, const struct mapping *mapping, struct source_row *source)
{
    struct asking a;
    struct err err;
    int rc;

    err_clear(&err);
    begin(&a, asker, mapping->feed->asks, source);
    a.mapping = mapping;
    a.at_once = true;
    rc = check_host(&a, &err);
    if (rc == 0)
        rc = read_token(&a, &err);
    if (rc == 0)
        rc = ask_referred(&a, &err);
    if (!runtime_stopping(asker->rt))
        note_at_once(&a, rc, &err);
    end(&a);
}

void ask_source(struct asker *asker, const struct mapping *mapping, struct source_row *source)
{
    struct asking a;
    struct err err;
    int rc;

    err_clear(&err);
    begin(&a, asker, mapping->feed->asks, source);
    a.mapping = mapping;
    if (strcmp(source->url, a.asks->url) != 0)
        source->through = 0; /* another system: from the start */
    rc = check_host(&a, &err);
    if (rc == 0)
        rc = read_token(&a, &err);
    if (rc == 0)
        rc = ask_all(&a, &err);
    if (rc == 0)
        ask_hub_tend(&a);
    if (!runtime_stopping(asker->rt))
        note_outcome(&a, rc, &err);
    end(&a);
}

void ask_source_leave(struct asker *asker, const Bihuan__TmfSource *asks, struct source_row *source)
{
    struct asking a;
    struct err err;

    err_clear(&err);
    begin(&a, asker, asks, source);
    source->asked_at = a.now;
    if (read_token(&a, &err) == 0)
        ask_hub_leave(&a);
    else
        source->hub_error = arena_strdup(&asker->arena, err.text);
    end(&a);
}
