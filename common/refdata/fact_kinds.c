/* fact_kinds: see fact_kinds.h. */
#include "refdata/fact_kinds.h"

#include <stdio.h>
#include <string.h>

#define BIT(rank)            (uint8_t)(1U << (rank))
#define SENDERS_OF_KIND      1000
#define CANCELLED            [FACT_STATE_CANCELLED] = "cancelled"
#define OF_THE_LOOP(sender_) .loop_sender = (sender_), .quantity = "1 where it was in time, else 0"

static const struct fact_kind_info kinds[FACT_KIND_LIMIT] = {
    [FACT_ORDER_LINE] = { "order_line",
                          "订单行",
                          "order line",
                          NULL,
                          "price of the line",
                          "pieces",
                          { [1] = "placed", [2] = "accepted", [3] = "in_progress", [4] = "completed", CANCELLED },
                          4,
                          BIT(4),
                          false,
                          TELL_COUNTED,
                          FACT_ORDER_LINE },

    [FACT_GUIDE] = { "guide", "指引", "guide", OF_THE_LOOP("planning/guide"),
                     .states = { [1] = "placed", [4] = "completed" }, .usual = 4, .counts = BIT(4) },
    [FACT_TRAINING] = { "training", "培训", "training", OF_THE_LOOP("planning/training"),
                        .states = { [1] = "placed", [4] = "completed" }, .usual = 4, .counts = BIT(4) },
    [FACT_MATERIAL] = { "material", "物料", "material", OF_THE_LOOP("planning/material"),
                        .states = { [1] = "placed", [4] = "completed" }, .usual = 4, .counts = BIT(4) },
    [FACT_DELIVERABLE] = { "deliverable", "交付物", "deliverable", OF_THE_LOOP("planning/deliverable"),
                           .states = { [1] = "placed", [4] = "completed" }, .usual = 4, .counts = BIT(4) },

    [FACT_CERTIFICATE] = { "certificate", "上岗证书", "certificate", OF_THE_LOOP("planning/certificate"),
                           .states = { [4] = "completed", CANCELLED }, .usual = 4, .counts = BIT(4) },

    [FACT_REPORT] = { "report", "一线反馈报告", "report from the field", OF_THE_LOOP("feedback/report"),
                      .states = { [1] = "placed", [4] = "completed", CANCELLED }, .usual = 4, .counts = BIT(4) },
    [FACT_REPORT_RATING] = { .word = "report_rating",
                             .title_zh = "报告质量评分",
                             .title_en = "rating of a report from the field",
                             .loop_sender = "feedback/report_rating",
                             .quantity = "rating, 0 to 100",
                             .states = { [4] = "completed", CANCELLED },
                             .usual = 4,
                             .counts = BIT(4) },

    [FACT_CLAIM] = { .word = "claim",
                     .title_zh = "索酬索赔",
                     .title_en = "settled claim of an internal order",
                     .loop_sender = "incentive/claim",
                     .amount = "received; below 0: owed",
                     .quantity = "1",
                     .states = { [1] = "paid", [4] = "earned", CANCELLED, [6] = "owed", [7] = "compensated" },
                     .usual = 4,
                     .counts = BIT(4) | BIT(6) },

    [FACT_ACTION] = { .word = "action",
                      .title_zh = "整改措施",
                      .title_en = "corrective action",
                      OF_THE_LOOP("monitoring/action"),
                      .states = { [1] = "due", [2] = "opened", [4] = "done", [6] = "verified", [7] = "failed" },
                      .usual = 6,
                      .counts = BIT(6) },

    [FACT_REGISTRATION] = { .word = "registration",
                            .title_zh = "报备",
                            .title_en = "registration of a deal",
                            .amount = "expected value",
                            .quantity = "days that it holds",
                            .states = { [1] = "requested", [4] = "registered", CANCELLED, [6] = "refused" },
                            .usual = 4,
                            .counts = BIT(4),
                            .telling = TELL_ALL },

    [FACT_BILL] = { "bill",
                    "账单",
                    "bill",
                    NULL,
                    "billed, tax included",
                    "bills",
                    { [1] = "issued", [2] = "sent", [3] = "partly_paid", [4] = "settled", CANCELLED },
                    1,
                    BIT(1) | BIT(2) | BIT(3) | BIT(4),
                    false,
                    TELL_REFERRING,
                    FACT_ORDER_LINE },
    [FACT_BILL_LINE] = { "bill_line",
                         "账单行",
                         "bill line",
                         NULL,
                         "charged",
                         "units charged",
                         { [1] = "charged", CANCELLED },
                         1,
                         BIT(1),
                         false,
                         TELL_COUNTED,
                         FACT_BILL },
    [FACT_PAYMENT] = { "payment",
                       "回款",
                       "payment",
                       NULL,
                       "paid",
                       "payments",
                       { [1] = "pending", [4] = "received", CANCELLED, [6] = "failed" },
                       4,
                       BIT(4),
                       false,
                       TELL_REFERRING,
                       FACT_ORDER_LINE },
    [FACT_ACTIVATION] = { "activation",
                          "开通激活",
                          "activation",
                          NULL,
                          "first top-up",
                          "numbers",
                          { [1] = "requested", [4] = "active", CANCELLED, [6] = "suspended" },
                          4,
                          BIT(4),
                          false,
                          TELL_REFERRING,
                          FACT_ORDER_LINE },
    [FACT_STOCK_IN] = { "stock_in",
                        "渠道进货",
                        "dealer stock in",
                        NULL,
                        "purchase price",
                        "pieces",
                        { [1] = "ordered", [2] = "shipped", [4] = "received", CANCELLED },
                        4,
                        BIT(4),
                        false,
                        TELL_COUNTED,
                        FACT_ORDER_LINE },
    [FACT_STOCK_OUT] = { "stock_out",
                         "渠道出货",
                         "dealer stock out",
                         NULL,
                         "selling price",
                         "pieces",
                         { [4] = "sold", CANCELLED },
                         4,
                         BIT(4),
                         false,
                         TELL_COUNTED,
                         FACT_ORDER_LINE },
    [FACT_VISIT] = { "visit",
                     "走访",
                     "visit",
                     NULL,
                     NULL,
                     "visits",
                     { [1] = "planned", [4] = "done", CANCELLED, [6] = "missed" },
                     4,
                     BIT(4),
                     false,
                     TELL_COUNTED,
                     FACT_ORDER_LINE },
    [FACT_OPPORTUNITY] = { "opportunity",
                           "商机",
                           "opportunity",
                           NULL,
                           "expected value",
                           "opportunities",
                           { [1] = "lead",
                             [2] = "qualified",
                             [3] = "proposed",
                             [4] = "negotiated",
                             CANCELLED,
                             [6] = "won",
                             [7] = "lost" },
                           1,
                           BIT(6),
                           false,
                           TELL_ALL,
                           FACT_OPPORTUNITY },
    [FACT_OPPORTUNITY_MOVE] = { "opportunity_move",
                                "商机推进",
                                "move of an opportunity to a stage",
                                NULL,
                                "expected value",
                                "moves",
                                { [4] = "moved", CANCELLED },
                                4,
                                BIT(4),
                                false,
                                TELL_COUNTED,
                                FACT_OPPORTUNITY },
    [FACT_QUOTE] = { "quote",
                     "报价",
                     "quote",
                     NULL,
                     "quoted",
                     "quotes",
                     { [1] = "offered", [4] = "accepted", CANCELLED, [6] = "refused" },
                     1,
                     BIT(4),
                     false,
                     TELL_ALL,
                     FACT_OPPORTUNITY },
    [FACT_CONTRACT] = { "contract",
                        "合同",
                        "contract",
                        NULL,
                        "contract value",
                        "contracts",
                        { [1] = "drafted", [4] = "signed", CANCELLED, [6] = "ended" },
                        4,
                        BIT(4),
                        false,
                        TELL_ALL,
                        FACT_OPPORTUNITY },
    [FACT_EXPENSE] = { "expense",
                       "费用",
                       "expense",
                       NULL,
                       "spent",
                       "items",
                       { [1] = "requested", [2] = "approved", [4] = "paid", CANCELLED },
                       4,
                       BIT(4),
                       false,
                       TELL_COUNTED,
                       FACT_ORDER_LINE },
    [FACT_CHECK] = { "check",
                     "检查",
                     "check",
                     NULL,
                     NULL,
                     "score",
                     { [1] = "planned", [4] = "passed", CANCELLED, [6] = "failed" },
                     4,
                     BIT(4) | BIT(6),
                     false,
                     TELL_COUNTED,
                     FACT_ORDER_LINE },
    [FACT_SURVEY] = { "survey",
                      "调查",
                      "survey answer",
                      NULL,
                      NULL,
                      "score",
                      { [1] = "asked", [4] = "answered", CANCELLED },
                      4,
                      BIT(4),
                      false,
                      TELL_COUNTED,
                      FACT_ORDER_LINE },
    [FACT_RATING] = { "rating",
                      "主管评分",
                      "rating by a manager",
                      NULL,
                      NULL,
                      "score",
                      { [4] = "given", CANCELLED },
                      4,
                      BIT(4),
                      false,
                      TELL_COUNTED,
                      FACT_ORDER_LINE },
    [FACT_STOCK_ON_HAND] = { .word = "stock_on_hand",
                             .title_zh = "渠道库存",
                             .title_en = "dealer stock on hand",
                             .amount = "value of the stock",
                             .quantity = "pieces",
                             .states = { [4] = "counted", CANCELLED },
                             .usual = 4,
                             .counts = BIT(4),
                             .level = true },
    [FACT_ARREARS] = { .word = "arrears",
                       .title_zh = "欠费余额",
                       .title_en = "arrears",
                       .amount = "still to be paid",
                       .quantity = "bills",
                       .states = { [1] = "open", [2] = "disputed", [4] = "settled", CANCELLED, [6] = "written_off" },
                       .usual = 1,
                       .counts = BIT(1) | BIT(2),
                       .level = true },
    [FACT_MARKET_SIZE] = { .word = "market_size",
                           .title_zh = "市场容量",
                           .title_en = "size of the market",
                           .amount = "money that the market spends",
                           .quantity = "customers in the market",
                           .states = { [1] = "estimated", [4] = "surveyed", CANCELLED },
                           .usual = 4,
                           .counts = BIT(1) | BIT(4),
                           .level = true },
};

const struct fact_kind_info *fact_kind_info(enum fact_kind kind)
{
    return (unsigned)kind < FACT_KIND_LIMIT && kinds[kind].word ? &kinds[kind] : NULL;
}

enum fact_kind fact_kind_parse(const char *word)
{
    for (int kind = 0; kind < FACT_KIND_LIMIT; kind++)
        if (kinds[kind].word && strcmp(kinds[kind].word, word) == 0)
            return (enum fact_kind)kind;
    return FACT_NONE;
}

bool fact_kind_is_fed(enum fact_kind kind)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    return info && !info->loop_sender;
}

bool fact_kind_is_level(enum fact_kind kind)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    return info && info->level;
}

uint8_t fact_state_parse(enum fact_kind kind, const char *text, size_t len)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    for (uint8_t rank = 1; info && rank < FACT_STATE_LIMIT; rank++)
        if (info->states[rank] && strlen(info->states[rank]) == len && memcmp(info->states[rank], text, len) == 0)
            return rank;
    return 0;
}

const char *fact_state_name(enum fact_kind kind, uint8_t rank)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    return info && rank < FACT_STATE_LIMIT && info->states[rank] ? info->states[rank] : "";
}

static size_t add_word(char *out, size_t cap, size_t len, const char *word)
{
    int n = len < cap ? snprintf(out + len, cap - len, "%s%s", len ? ", " : "", word) : 0;

    return len + (size_t)n;
}

const char *fact_kind_words(char *out, size_t cap)
{
    size_t len = 0;

    out[0] = 0;
    for (int kind = 0; kind < FACT_KIND_LIMIT; kind++)
        if (fact_kind_is_fed((enum fact_kind)kind))
            len = add_word(out, cap, len, kinds[kind].word);
    return out;
}

const char *fact_state_words(enum fact_kind kind, char *out, size_t cap)
{
    size_t len = 0;

    out[0] = 0;
    for (uint8_t rank = 1; rank < FACT_STATE_LIMIT; rank++)
        if (*fact_state_name(kind, rank))
            len = add_word(out, cap, len, fact_state_name(kind, rank));
    return out;
}

const char *fact_sender_name(char *out, const char *system, enum fact_kind kind)
{
    bool plain = kind == FACT_ORDER_LINE || !fact_kind_info(kind);

    snprintf(out, FACT_SENDER_MAX, "%.64s%s%s", system, plain ? "" : "/", plain ? "" : fact_kind_info(kind)->word);
    return out;
}

enum fact_kind fact_kind_of_sender(int16_t sender)
{
    int number = sender >= LOOP_SENDER_BASE ? sender - LOOP_SENDER_BASE : sender / SENDERS_OF_KIND;

    return fact_kind_info((enum fact_kind)number) ? (enum fact_kind)number : FACT_NONE;
}

int16_t fact_kind_sender(enum fact_kind kind)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    if (info && info->loop_sender)
        return (int16_t)(LOOP_SENDER_BASE + (int)kind);
    return (int16_t)((int)kind * SENDERS_OF_KIND + 1);
}
