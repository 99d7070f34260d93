/* delivery: see delivery.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "support/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void delivery_put(struct stack *stack, const char *feed, const char *name, const char *text)
{
    char aside[256], path[256];
    FILE *file;

    snprintf(aside, sizeof aside, "%s/data/inbox/%s/.delivery", stack->dir, feed);
    snprintf(path, sizeof path, "%s/data/inbox/%s/%s", stack->dir, feed, name);
    file = fopen(aside, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(aside, path), 0);
}

struct wish {
    struct stack *stack;
    const char *sql, *want;
    char got[400];
};

static bool is_so(void *arg)
{
    struct wish *wish = arg;
    char *got = pg_value(&wish->stack->pg, wish->sql);

    snprintf(wish->got, sizeof wish->got, "%s", got ? got : "");
    free(got);
    return strcmp(wish->got, wish->want) == 0;
}

void delivery_await(struct stack *stack, const char *sql, const char *want)
{
    struct wish wish = { stack, sql, want, "" };

    if (!stack_until(is_so, &wish, 20))
        fail_msg("%s\n got %s\nwant %s", sql, wish.got, want);
}

void delivery_await_file(struct stack *stack, const char *name, const char *want)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT state || ' ' || rows_read || ' ' || accepted || ' ' || duplicate || ' ' || error FROM"
             " feedback.feed_file WHERE name = '%s' ORDER BY id DESC LIMIT 1",
             name);
    delivery_await(stack, sql, want);
}
