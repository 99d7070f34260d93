/* loop: see loop.h. */
#include "support/loop.h"

#include "support/check.h"

#include "base/buf.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

const char LOOP_CITIES[] =
    "{\"items\":[{\"code\":\"P\",\"name\":\"p\",\"type\":\"province\"},"
    "{\"code\":\"C1\",\"name\":\"a\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"C2\",\"name\":\"b\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"C3\",\"name\":\"c\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"S1\",\"name\":\"d\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"S2\",\"name\":\"e\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"S3\",\"name\":\"f\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C3\",\"from\":\"2026-01-01\"}]}"
    "]}";

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

void loop_start(struct stack *stack)
{
    static const char *const services[] = { "planning", "feedback", "monitoring", "incentive" };

    setenv("BIHUAN_SCAN_MS", "50", 1);
    setenv("BIHUAN_QUIET_MS", "0", 1);
    for (int i = 0; i < 4; i++)
        stack_start(stack, services[i], "a");
    for (int i = 0; i < 4; i++)
        stack_wait_ready(stack, services[i]);
}

/* --- manifests -------------------------------------------------------------------------------------------------------
 */

static int apply(struct stack *stack, uint32_t type, const char *json, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request, *reply;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &stack->arena, &request, err) != 0)
        return -1;
    return stack_ask(stack, message->service, type, request, &reply, err);
}

static const char *__attribute__((format(printf, 2, 0))) json_of(struct stack *stack, const char *fmt, va_list ap)
{
    va_list again;
    char *json;
    int len;

    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    json = arena_alloc(&stack->arena, (size_t)len + 1);
    vsnprintf(json, (size_t)len + 1, fmt, ap);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json;
}

static void apply_for(struct stack *stack, uint32_t type, const char *json, int tries)
{
    struct err err;

    for (int i = 0; i < tries; i++) {
        if (apply(stack, type, json, &err) == 0)
            return;
        usleep(50000);
    }
    give_up("%s was refused: %s\n%.2000s", message_type_find(type)->name, err.text, json);
}

void loop_apply(struct stack *stack, uint32_t type, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    apply_for(stack, type, json_of(stack, fmt, ap), 1);
    va_end(ap);
}

void loop_apply_soon(struct stack *stack, uint32_t type, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    apply_for(stack, type, json_of(stack, fmt, ap), 200);
    va_end(ap);
}

void loop_publish(struct stack *stack, const char *period)
{
    Bihuan__PublishPlanRequest publish = BIHUAN__PUBLISH_PLAN_REQUEST__INIT;
    Bihuan__LintPlanRequest lint = BIHUAN__LINT_PLAN_REQUEST__INIT;
    const Bihuan__LintPlanReply *found;
    ProtobufCMessage *reply;
    struct err err;

    lint.period = publish.period = text_of(period);
    publish.reason = text_of("plan");
    if (stack_ask(stack, "planning", MSG(LINT_PLAN), &lint.base, &reply, &err) != 0)
        give_up("%s: %s", period, err.text);
    found = (const Bihuan__LintPlanReply *)reply;
    publish.consents = arena_array(&stack->arena, char *, found->n_items);
    for (size_t i = 0; i < found->n_items; i++) /* of one code together */
        if (strcmp(found->items[i]->severity, "warning") == 0 &&
            (!publish.n_consents || strcmp(publish.consents[publish.n_consents - 1], found->items[i]->code) != 0))
            publish.consents[publish.n_consents++] = found->items[i]->code;
    if (stack_ask(stack, "planning", MSG(PUBLISH_PLAN), &publish.base, &reply, &err) != 0)
        give_up("%s: %s", period, err.text);
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

static void inbox(const struct stack *stack, const char *feed, const char *name, char out[512])
{
    snprintf(out, 512, "%s/data/inbox/%s/%s", stack->dir, feed, name);
}

static FILE *open_aside(const struct stack *stack, const char *feed, char path[512])
{
    FILE *file = NULL;

    inbox(stack, feed, ".aside", path);
    for (int i = 0; i < 200 && !(file = fopen(path, "w")); i++)
        usleep(50000); /* feedback makes the folder when it hears of the feed */
    if (!file)
        give_up("could not write %s", path);
    return file;
}

static void close_aside(const struct stack *stack, const char *feed, const char *name, FILE *file, const char *aside)
{
    char path[512];

    inbox(stack, feed, name, path);
    if (fclose(file) != 0 || rename(aside, path) != 0)
        give_up("could not write %s", path);
}

void loop_drop(struct stack *stack, const char *feed, const char *name, const void *bytes, size_t len)
{
    char aside[512];
    FILE *file = open_aside(stack, feed, aside);

    if (fwrite(bytes, 1, len, file) != len)
        give_up("could not write %s", aside);
    close_aside(stack, feed, name, file, aside);
}

void loop_drop_file(struct stack *stack, const char *feed, const char *name, const char *path)
{
    char aside[512], piece[65536];
    FILE *file = open_aside(stack, feed, aside), *from = fopen(path, "r");
    size_t got;

    if (!from)
        give_up("could not read %s", path);
    while ((got = fread(piece, 1, sizeof piece, from)) > 0)
        if (fwrite(piece, 1, got, file) != got)
            give_up("could not write %s", aside);
    fclose(from);
    close_aside(stack, feed, name, file, aside);
}

struct wait_file {
    struct stack *stack;
    const char *feed, *name;
};

static bool is_read(void *arg)
{
    const struct wait_file *wait = arg;
    char sql[600], path[512];

    inbox(wait->stack, wait->feed, wait->name, path);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed_file f JOIN feedback.feed x ON x.id = f.feed_id WHERE x.code = '%s'"
             " AND f.name = '%s' AND f.state NOT IN ('loading', 'waiting')",
             wait->feed, wait->name);
    return access(path, F_OK) != 0 && pg_number(&wait->stack->pg, sql) > 0;
}

static bool is_empty(void *arg)
{
    const struct wait_file *wait = arg;
    const struct dirent *entry;
    char path[512];
    bool empty = true;
    DIR *inbox_dir;

    inbox(wait->stack, wait->feed, "", path);
    inbox_dir = opendir(path);
    while (inbox_dir && (entry = readdir(inbox_dir)) != NULL)
        empty = empty && entry->d_name[0] == '.';
    if (inbox_dir)
        closedir(inbox_dir);
    return empty;
}

static void wait_for(bool (*until)(void *arg), struct wait_file *wait, int seconds)
{
    char command[256];

    if (stack_until(until, wait, seconds))
        return;
    snprintf(command, sizeof command, "tail -n 40 %s/feedback-a.log >&2", wait->stack->dir);
    if (system(command) != 0)
        fprintf(stderr, "no log\n");
    give_up("%s %s was not read in %d s", wait->feed, wait->name, seconds);
}

void loop_wait_file(struct stack *stack, const char *feed, const char *name, int seconds)
{
    struct wait_file wait = { stack, feed, name };

    wait_for(is_read, &wait, seconds);
}

void loop_wait_inbox(struct stack *stack, const char *feed, int seconds)
{
    struct wait_file wait = { stack, feed, "inbox" };

    wait_for(is_empty, &wait, seconds);
}

/* --- catching up -----------------------------------------------------------------------------------------------------
 */

static bool has_caught_up(void *arg)
{
    struct stack *stack = arg;

    return pg_number(&stack->pg,
                     "SELECT count(*) FROM (SELECT 'feedback' source, bucket, seq FROM feedback.bus_head"
                     " UNION ALL SELECT 'planning', bucket, seq FROM planning.bus_head) h"
                     " CROSS JOIN LATERAL (SELECT"
                     " (SELECT p.seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source),"
                     " (SELECT p.seq FROM incentive.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source),"
                     " (SELECT p.seq FROM feedback.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source))"
                     " r(monitoring, incentive, feedback)"
                     " WHERE h.seq > coalesce(r.monitoring, 0) OR h.seq > coalesce(r.incentive, 0)"
                     " OR (h.source = 'planning' AND h.seq > coalesce(r.feedback, 0))") == 0;
}

void loop_catch_up(struct stack *stack)
{
    if (!stack_until(has_caught_up, stack, 60))
        give_up("the streams of planning and feedback were not read to their ends in 60 s");
    if (pg_number(&stack->pg, "SELECT (SELECT count(*) FROM monitoring.bus_parked)"
                              " + (SELECT count(*) FROM incentive.bus_parked)"
                              " + (SELECT count(*) FROM feedback.bus_parked)") != 0)
        give_up("events are parked");
}

static bool is_reissued(void *arg)
{
    struct stack *stack = arg;

    return pg_number(&stack->pg, "SELECT count(*) FROM feedback.reissue") == 0;
}

void loop_catch_up_reissued(struct stack *stack)
{
    loop_catch_up(stack);
    if (!stack_until(is_reissued, stack, 60))
        give_up("feedback did not tell anew what had changed in 60 s");
    loop_catch_up(stack);
}

/* --- sums ------------------------------------------------------------------------------------------------------------
 */

static int by_key(const void *a, const void *b)
{
    const struct loop_sum *x = a, *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

/* One answer of the three, whose shapes are alike. */
struct answer {
    size_t count, n_differences;
    const uint32_t *units, *measures;
    const int64_t *values;
    char **differences;
};

static struct answer ask_feedback(struct stack *stack, const char *from, const char *until, uint32_t bucket)
{
    Bihuan__RecountRequest request = BIHUAN__RECOUNT_REQUEST__INIT;
    const Bihuan__RecountReply *reply;
    ProtobufCMessage *message = NULL;
    struct err err;

    request.from = text_of(from);
    request.until = text_of(until);
    request.bucket = bucket;
    for (int i = 0; stack_ask(stack, "feedback", MSG(RECOUNT), &request.base, &message, &err) != 0; i++) {
        if (strcmp(err.code, "reissue_running") != 0 || i == 100)
            give_up("feedback does not recount: %s", err.text);
        usleep(100000);
    }
    reply = (const Bihuan__RecountReply *)message;
    return (struct answer) { reply->n_unit_id,  reply->n_differences, reply->unit_id,
                             reply->measure_id, reply->value,         reply->differences };
}

static struct answer ask_monitoring(struct stack *stack, const char *from, const char *until, uint32_t bucket)
{
    Bihuan__VerifyProgressRequest request = BIHUAN__VERIFY_PROGRESS_REQUEST__INIT;
    const Bihuan__VerifyProgressReply *reply;
    ProtobufCMessage *message = NULL;
    struct err err;

    request.from = text_of(from);
    request.until = text_of(until);
    request.bucket = bucket;
    if (stack_ask(stack, "monitoring", MSG(VERIFY_PROGRESS), &request.base, &message, &err) != 0)
        give_up("monitoring does not say its sums: %s", err.text);
    reply = (const Bihuan__VerifyProgressReply *)message;
    return (struct answer) { reply->n_unit_id,  reply->n_differences, reply->unit_id,
                             reply->measure_id, reply->value,         reply->differences };
}

static struct answer ask_incentive(struct stack *stack, const char *from, const char *until, uint32_t bucket)
{
    Bihuan__VerifyScoresRequest request = BIHUAN__VERIFY_SCORES_REQUEST__INIT;
    const Bihuan__VerifyScoresReply *reply;
    ProtobufCMessage *message = NULL;
    struct err err;

    request.from = text_of(from);
    request.until = text_of(until);
    request.bucket = bucket;
    if (stack_ask(stack, "incentive", MSG(VERIFY_SCORES), &request.base, &message, &err) != 0)
        give_up("incentive does not say its sums: %s", err.text);
    reply = (const Bihuan__VerifyScoresReply *)message;
    return (struct answer) { reply->n_unit_id,  reply->n_differences, reply->unit_id,
                             reply->measure_id, reply->value,         reply->differences };
}

static struct answer ask(struct stack *stack, const char *service, const char *from, const char *until, uint32_t bucket)
{
    if (strcmp(service, "feedback") == 0)
        return ask_feedback(stack, from, until, bucket);
    if (strcmp(service, "monitoring") == 0)
        return ask_monitoring(stack, from, until, bucket);
    return ask_incentive(stack, from, until, bucket);
}

/* Brings equal keys together and drops zeros. */
static struct loop_sums settle(struct stack *stack, struct buf *gathered)
{
    size_t count = gathered->len / sizeof(struct loop_sum), kept = 0;
    struct loop_sum *items = arena_array(&stack->arena, struct loop_sum, count + 1);

    if (count)
        memcpy(items, gathered->data, gathered->len);
    qsort(items, count, sizeof *items, by_key);
    for (size_t i = 0; i < count; i++) {
        if (kept && by_key(&items[kept - 1], &items[i]) == 0) {
            items[kept - 1].value += items[i].value;
            continue;
        }
        if (kept && !items[kept - 1].value)
            kept--;
        items[kept++] = items[i];
    }
    if (kept && !items[kept - 1].value)
        kept--;
    return (struct loop_sums) { items, kept };
}

struct loop_sums loop_sums(struct stack *stack, const char *service, const char *from, const char *until)
{
    struct buf gathered = { 0 };
    struct loop_sums out;

    for (uint32_t b = 0; b < (uint32_t)stack->buckets; b++) {
        struct answer answer = ask(stack, service, from, until, b);

        if (answer.n_differences)
            give_up("%s: %s", service, answer.differences[0]);
        for (size_t i = 0; i < answer.count; i++) {
            struct loop_sum sum = { answer.units[i], answer.measures[i], answer.values[i] };

            buf_append(&gathered, &sum, sizeof sum);
        }
    }
    out = settle(stack, &gathered);
    buf_fini(&gathered);
    return out;
}

int64_t loop_sum_of(const struct loop_sums *sums, uint32_t unit, uint32_t measure)
{
    for (size_t i = 0; i < sums->count; i++)
        if (sums->items[i].unit == unit && sums->items[i].measure == measure)
            return sums->items[i].value;
    return 0;
}

static void compare(const char *service, const struct loop_sums *want, const struct loop_sums *have)
{
    for (size_t i = 0; i < want->count || i < have->count; i++) {
        const struct loop_sum none = { 0, 0, 0 };
        const struct loop_sum *w = i < want->count ? &want->items[i] : &none;
        const struct loop_sum *h = i < have->count ? &have->items[i] : &none;

        if (by_key(w, h) != 0 || w->value != h->value)
            give_up("the facts say unit %u measure %u: %" PRId64 ", %s unit %u measure %u: %" PRId64, w->unit,
                    w->measure, w->value, service, h->unit, h->measure, h->value);
    }
}

struct loop_sums loop_agree(struct stack *stack, const char *from, const char *until)
{
    struct loop_sums facts, monitoring, incentive;

    loop_catch_up(stack);
    facts = loop_sums(stack, "feedback", from, until);
    monitoring = loop_sums(stack, "monitoring", from, until);
    incentive = loop_sums(stack, "incentive", from, until);
    compare("monitoring", &facts, &monitoring);
    compare("incentive", &facts, &incentive);
    return facts;
}

static uint32_t id_of(struct stack *stack, const char *kind, const char *code)
{
    char sql[256];
    long id;

    snprintf(sql, sizeof sql,
             "SELECT coalesce((SELECT id FROM planning.document WHERE kind = '%s' AND code = '%s'), 0)", kind, code);
    id = pg_number(&stack->pg, sql);
    if (id <= 0)
        give_up("planning has no %s \"%s\"", kind, code);
    return (uint32_t)id;
}

uint32_t loop_unit(struct stack *stack, const char *code)
{
    return id_of(stack, "unit", code);
}

uint32_t loop_measure(struct stack *stack, const char *code)
{
    return id_of(stack, "measure", code);
}

/* --- time goes on --- */

void loop_go_to(struct stack *stack, const char *const *services, const char *moment)
{
    snprintf(stack->clock, sizeof stack->clock, "%s+08:00@%ld", moment, (long)(clock_real_us() / 1000000));
    for (int i = 0; services[i]; i++) {
        stack_kill(stack, services[i], "a", SIGKILL);
        stack_start(stack, services[i], "a");
    }
    for (int i = 0; services[i]; i++)
        stack_wait_ready(stack, services[i]);
}

struct number {
    struct stack *stack;
    const char *sql;
    long want;
};

static bool is_number(void *arg)
{
    const struct number *number = arg;

    return pg_number(&number->stack->pg, number->sql) == number->want;
}

void loop_wait_number(struct stack *stack, const char *sql, long want)
{
    struct number number = { stack, sql, want };

    if (!stack_until(is_number, &number, 20))
        fail_msg("%s: %ld, not %ld", sql, pg_number(&stack->pg, sql), want);
}
