/* receiving: see receiving.h. */
#include "support/check.h"

#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char SHOPS[] =
    "SET search_path TO feedback;"
    "INSERT INTO ref_unit (id, code, type, channel, closed) VALUES (1, 'P', 'province', '', 'infinity'),"
    " (4, 'S1', 'outlet', '', 'infinity'), (5, 'S2', 'outlet', '', '2026-11-01');"
    "INSERT INTO ref_relation (unit_id, parent, from_day, until_day) VALUES (4, 'P', '2000-01-01', 'infinity'),"
    " (5, 'P', '2000-01-01', 'infinity');";

static void start(struct stack *stack)
{
    stack_start(stack, "feedback", "a");
    stack_wait_ready(stack, "feedback");
}

void receiving_again(struct stack *stack)
{
    stack_kill(stack, "feedback", "a", SIGKILL);
    start(stack);
}

void receiving_start(struct stack *stack, const struct receiving *scene)
{
    size_t count = 0;

    stack_new(stack);
    snprintf(stack->clock, sizeof stack->clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    stack->extra[count++] = "--quiet-ms=0";
    stack->extra[count++] = "--scan-ms=50";
    for (size_t i = 0; scene->flags[i]; i++)
        stack->extra[count++] = scene->flags[i];
    start(stack);
    free(pg_value(&stack->pg, scene->reference ? scene->reference : SHOPS));
    if (scene->put)
        scene->put();
    receiving_again(stack);
    if (scene->feeds)
        stack_apply(stack, MSG(APPLY_FEEDS), scene->feeds);
}

char *receiving_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

void receiving_put_measure(struct stack *stack, uint32_t id, const char *code, const char *value)
{
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    char sql[1000];
    uint8_t bytes[400];
    size_t len;
    int at = snprintf(sql, sizeof sql, "INSERT INTO feedback.ref_measure VALUES (%u, '\\x", id);

    measure.id = id;
    measure.code = receiving_text(code);
    measure.fact = receiving_text("order_line");
    measure.value = receiving_text(value);
    len = bihuan__measure__pack(&measure, bytes);
    for (size_t b = 0; b < len; b++)
        at += snprintf(sql + at, sizeof sql - (size_t)at, "%02x", bytes[b]);
    snprintf(sql + at, sizeof sql - (size_t)at, "')");
    free(pg_value(&stack->pg, sql));
}

static const Bihuan__RecountReply *recount_bucket(struct stack *stack, uint32_t bucket, const char *from,
                                                  const char *until)
{
    Bihuan__RecountRequest request = BIHUAN__RECOUNT_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    struct err err;
    int tries = 0;

    request.from = receiving_text(from);
    request.until = receiving_text(until);
    request.bucket = bucket;
    while (stack_ask(stack, "feedback", MSG(RECOUNT), &request.base, &message, &err) != 0) {
        if (strcmp(err.code, "reissue_running") != 0 || ++tries > 100)
            fail_msg("bucket %u can't be counted again: %s", bucket, err.text);
        usleep(100000);
    }
    return (const Bihuan__RecountReply *)message;
}

int64_t receiving_recount(struct stack *stack, uint32_t unit, uint32_t measure, const char *from, const char *until)
{
    int64_t sum = 0;

    for (int b = 0; b < stack->buckets; b++) {
        const Bihuan__RecountReply *reply = recount_bucket(stack, (uint32_t)b, from, until);

        for (size_t i = 0; i < reply->n_value; i++)
            if ((!unit || reply->unit_id[i] == unit) && (!measure || reply->measure_id[i] == measure))
                sum += reply->value[i];
    }
    return sum;
}

int receiving_act(struct stack *stack, const char *name, const char *action, uint64_t row, const char *reason,
                  struct err *err)
{
    Bihuan__ActOnFileRequest request = BIHUAN__ACT_ON_FILE_REQUEST__INIT;
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT max(id) FROM feedback.feed_file WHERE name = '%s'", name);
    request.id = (uint64_t)pg_number(&stack->pg, sql);
    request.action = receiving_text(action);
    request.row = row;
    request.reason = receiving_text(reason);
    for (int tries = 0; tries < 100; tries++) {
        if (stack_ask(stack, "feedback", MSG(ACT_ON_FILE), &request.base, NULL, err) == 0)
            return 0;
        if (strcmp(err->code, "no_file") != 0)
            return -1;
        usleep(50000);
    }
    return -1;
}
