/* statement_asking: one question for a statement on its way; shared by statement_query.c (the score) and
 * statement_credits.c (the credits behind it). */
#ifndef BIHUAN_INCENTIVE_STATEMENT_ASKING_H
#define BIHUAN_INCENTIVE_STATEMENT_ASKING_H

#include "incentive/statements/statement.h"

/* What a line adds up: its measure, or the two of a ratio one after the other. */
struct line_part {
    size_t line;
    uint32_t measure_id;
    char *measure;
    uint32_t channel_id, product_id; /* 0 all */
    bool *products;                  /* by id; NULL all */
    uint32_t product_limit;
    bool level;      /* told by the tree of the last day, after what there was before the first */
    int64_t opening; /* that */
};

/* One question on its way. */
struct asking {
    struct incentive *state;
    struct tx *tx;
    const Bihuan__GetStatementRequest *request;
    bool zh;
    uint32_t period_id;
    uint32_t unit_id;
    int32_t from_day, to_day; /* days whose credits count */
    struct subtree subtree;
    Bihuan__Statement *statement;
    struct line_part *parts; /* of the statement's lines, in their order; the cursor's `line` is one of these */
    size_t part_count;
    uint32_t limit;
    struct statement_cursor cursor;
    bool first_page;
};

/* A credit told, with what names it needs once the lock is held again. */
struct told {
    Bihuan__CreditLine *line;
    uint32_t unit_id, product_id, rule_id;
    struct statement_cursor after;
};

struct page {
    struct told *list; /* limit + 1 */
    size_t count;
};

/* Credits from the cursor on, one more than the page takes. */
int statement_tell_credits(struct asking *asking, struct page *page, struct err *err);
/* All credits, told once with the first page; the cursor carries it on. */
int statement_count_credits(struct asking *asking, struct err *err);
/* Puts `count` of the page into the statement, with codes of units and products; under the lock. */
void statement_name_credits(struct asking *asking, const struct page *page, size_t count);

#endif
