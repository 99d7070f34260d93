/* receiving: see receiving.h. */
#include "support/receiving.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
