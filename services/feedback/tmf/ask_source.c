/* ask_source: one sender asked. See asker.h. */
#include "feedback/tmf/asker_internal.h"

#include "feedback/tmf/ask_plan.h"
#include "feedback/tmf/json_text.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX      ((size_t)16 << 20)
#define PAGES_MAX     100000 /* of one window: a sender that never comes to an end isn't asked for ever */
#define TIMEOUT_S     30
#define HELD_AT_ONCE  100
#define HELD_AFTER_US (60 * US_PER_SECOND) /* a create may still be on its way */
#define NO_DATE_US    (60 * US_PER_SECOND) /* how far a clock that isn't known may be off */
#define RENEW_US      (60 * 60 * US_PER_SECOND)
#define TOKEN_MAX     8192

struct asking {
    struct asker *asker;
    const struct mapping *mapping;
    const Bihuan__TmfSource *asks;
    struct source_row *source;
    int64_t now; /* business time */
    uint64_t seen, missed;
    struct buf bearer; /* the header line; empty none */
};

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
    if (!ask_host_allowed(allowed, host))
        return err_fail(err, ERR_FORBIDDEN, "host_not_allowed",
                        "host %s may not be asked: add it to feedback's setting tmf_hosts", host);
    return 0;
}

/* 0 and an answer of the 200s, whose body the caller frees. */
static int call(struct asking *a, const char *method, const char *url, struct buf *body, struct http_answer *answer,
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
    if (http_call(a->asker->http, &ask, answer) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "no_answer", "%s %.300s: %s", method, url, answer->error);
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

/* Hands what was answered to the writer. as_list: it is one resource. */
static int take(struct asking *a, enum tmf_resource resource, struct http_answer *answer, bool as_list, uint64_t *got,
                struct err *err)
{
    struct tmf_page_answer *page = &a->asker->page;

    snprintf(page->feed, sizeof page->feed, "%s", a->mapping->feed->code);
    page->resource = resource;
    page->at = said_at(a, answer);
    buf_reset(&page->body);
    buf_append_text(&page->body, as_list ? "[" : "");
    buf_append(&page->body, answer->body.data, answer->body.len);
    buf_append_text(&page->body, as_list ? "]" : "");
    if (asker_post(a->asker, tmf_take_answer, page, err) != 0)
        return -1;
    *got = page->seen;
    a->seen += page->seen;
    a->missed += page->missed;
    return 0;
}

static int ask_window_of(struct asking *a, enum tmf_resource resource, const char *attribute,
                         const struct ask_window *window, struct err *err)
{
    uint64_t offset = 0, got = 0;
    struct buf url = { 0 };
    int rc = 0;
    bool more = true;

    for (int page = 0; rc == 0 && more && page < PAGES_MAX; page++, offset += got) {
        struct http_answer answer;

        buf_reset(&url);
        ask_url(&url, a->asks, resource, attribute, window, offset);
        rc = call(a, "GET", buf_text(&url), NULL, &answer, err);
        if (rc != 0)
            break;
        rc = take(a, resource, &answer, false, &got, err);
        more = rc == 0 && ask_more(offset, got, answer.total);
        buf_fini(&answer.body);
        if (runtime_stopping(a->asker->rt))
            rc = err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
    }
    if (rc == 0 && more)
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

/* Events that carry a reference only, or whose create was lost: what they are is asked for by id. */
static int ask_held(struct asking *a, struct err *err)
{
    struct source_held *held;
    size_t count;

    if (source_store_held(a->asker->db, &a->asker->arena, a->mapping->feed_id, a->now - HELD_AFTER_US, HELD_AT_ONCE,
                          &held, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const enum tmf_resource *resource = ask_resources(a->mapping->kind);
        struct http_answer answer;
        struct buf url = { 0 };
        uint64_t got;
        int rc;

        while (*resource != TMF_NONE && strcmp(tmf_resource_name(*resource), held[i].kind) != 0)
            resource++;
        if (*resource == TMF_NONE)
            continue;
        ask_one_url(&url, a->asks, held[i].kind, held[i].id);
        rc = call(a, "GET", buf_text(&url), NULL, &answer, err);
        buf_fini(&url);
        if (rc != 0 && err->cls == ERR_NOT_FOUND) { /* gone at the sender: it stays held, and is shown */
            err_clear(err);
            continue;
        }
        if (rc == 0) {
            rc = take(a, *resource, &answer, true, &got, err);
            buf_fini(&answer.body);
        }
        if (rc != 0)
            return -1;
    }
    return 0;
}

static int ask_all(struct asking *a, struct err *err)
{
    for (const enum tmf_resource *resource = ask_resources(a->mapping->kind); *resource != TMF_NONE; resource++)
        if (ask_resource(a, *resource, err) != 0)
            return -1;
    return ask_held(a, err);
}

/* --- registration --------------------------------------------------------------------------------------------------
 */

static void set_hub(struct asking *a, const char *state, const char *wish, const char *id, const char *error)
{
    struct arena *arena = &a->asker->arena;

    a->source->hub = arena_strdup(arena, state);
    a->source->hub_for = arena_strdup(arena, wish);
    a->source->hub_id = arena_strdup(arena, id);
    a->source->hub_error = arena_strdup(arena, error);
    a->source->hub_at = a->now;
}

/* The registration is taken back where it was made. A sender that doesn't know it any more has done so itself. */
static int leave(struct asking *a, struct err *err)
{
    char *base = arena_strdup(&a->asker->arena, a->source->hub_for);
    struct http_answer answer;
    struct buf url = { 0 };
    int rc;

    if (!*a->source->hub_id)
        return 0;
    base[strcspn(base, "\n")] = 0;
    buf_printf(&url, "%s/hub/", base);
    http_put_escaped(&url, a->source->hub_id);
    rc = call(a, "DELETE", buf_text(&url), NULL, &answer, err);
    buf_fini(&url);
    if (rc == 0)
        buf_fini(&answer.body);
    if (rc != 0 && err->cls == ERR_NOT_FOUND) {
        err_clear(err);
        rc = 0;
    }
    return rc;
}

static int join_hub(struct asking *a, const char *wish, struct err *err)
{
    struct buf url = { 0 }, body = { 0 };
    struct http_answer answer;
    json_t *root = NULL;
    int rc;

    buf_printf(&url, "%s/hub", a->asks->url);
    ask_hub_body(&body, a->asks);
    rc = call(a, "POST", buf_text(&url), &body, &answer, err);
    buf_fini(&url);
    buf_fini(&body);
    if (rc != 0)
        return -1;
    if (json_text_load(answer.body.data, answer.body.len, &root, NULL) != 0)
        root = NULL;
    set_hub(a, "registered", wish, root ? json_text_of(root, "id") : "", "");
    log_info("tmf_hub_registered", "feed=%s id=%s", a->mapping->feed->code, a->source->hub_id);
    json_decref(root);
    buf_fini(&answer.body);
    return 0;
}

/* Is it as it should be? A sender may forget a registration; then events are missed that it had been asked to send. */
static bool hub_suits(const struct asking *a, const char *wish)
{
    if (strcmp(a->source->hub_for, wish) != 0 || strcmp(a->source->hub, "failed") == 0)
        return false;
    return !a->missed || strcmp(a->source->hub, "registered") != 0 || a->now - a->source->hub_at < RENEW_US;
}

static void tend_hub(struct asking *a)
{
    struct buf wish = { 0 };
    struct err err;

    err_clear(&err);
    ask_hub_wish(&wish, a->asks);
    if (hub_suits(a, buf_text(&wish)))
        goto out;
    if (leave(a, &err) != 0)
        set_hub(a, "failed", a->source->hub_for, a->source->hub_id, err.text);
    else if (!wish.len)
        set_hub(a, "", "", "", "");
    else if (join_hub(a, buf_text(&wish), &err) != 0)
        set_hub(a, err.cls == ERR_CONFLICT ? "taken" : "failed", err.cls == ERR_CONFLICT ? buf_text(&wish) : "", "",
                err.text);
out:
    buf_fini(&wish);
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
        tend_hub(&a);
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
    if (read_token(&a, &err) == 0 && leave(&a, &err) == 0)
        set_hub(&a, "", "", "", "");
    else
        set_hub(&a, "failed", source->hub_for, source->hub_id, err.text);
    end(&a);
}
