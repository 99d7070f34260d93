/* words: see words.h. */
#include "feedback/tmf/words.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 80

/* Letters and digits alone, in lower case; up to `stop`. */
static void plain(const char *text, char stop, char out[WORD_MAX])
{
    size_t n = 0;

    for (; *text && *text != stop && n < WORD_MAX - 1; text++) {
        if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9'))
            out[n++] = *text;
        else if (*text >= 'A' && *text <= 'Z')
            out[n++] = (char)(*text | 0x20);
    }
    out[n] = 0;
}

static bool cut_end(char *word, const char *end)
{
    size_t len = strlen(word), end_len = strlen(end);

    if (len <= end_len || strcmp(word + len - end_len, end) != 0)
        return false;
    word[len - end_len] = 0;
    return true;
}

/* --- resources -----------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *plain;
    enum fact_kind kinds[2];
} resources[TMF_RESOURCES] = {
    [TMF_NONE] = { "", "", { FACT_NONE, FACT_NONE } },
    [TMF_ORDER] = { "productOrder", "productorder", { FACT_ORDER_LINE, FACT_NONE } },
    [TMF_CANCEL_ORDER] = { "cancelProductOrder", "cancelproductorder", { FACT_ORDER_LINE, FACT_NONE } },
    [TMF_BILL] = { "customerBill", "customerbill", { FACT_BILL, FACT_BILL_LINE } },
    [TMF_PAYMENT] = { "payment", "payment", { FACT_PAYMENT, FACT_NONE } },
    [TMF_REFUND] = { "refund", "refund", { FACT_PAYMENT, FACT_NONE } },
    [TMF_LEAD] = { "salesLead", "saleslead", { FACT_OPPORTUNITY, FACT_NONE } },
    [TMF_STOCK] = { "productStock", "productstock", { FACT_STOCK_ON_HAND, FACT_NONE } },
    [TMF_RATE] = { "appliedCustomerBillingRate", "appliedcustomerbillingrate", { FACT_BILL_LINE, FACT_NONE } },
};

const char *tmf_resource_name(enum tmf_resource resource)
{
    return resources[resource].name;
}

bool tmf_resource_suits(enum tmf_resource resource, enum fact_kind kind)
{
    return resource != TMF_NONE && (resources[resource].kinds[0] == kind || resources[resource].kinds[1] == kind);
}

enum tmf_resource tmf_resource_of_kind(enum fact_kind kind)
{
    for (int r = TMF_NONE + 1; r < TMF_RESOURCES; r++)
        if (tmf_resource_suits((enum tmf_resource)r, kind))
            return (enum tmf_resource)r;
    return TMF_NONE;
}

/* --- types of events -----------------------------------------------------------------------------------------------
 */

static const struct {
    const char *end;
    enum tmf_action action;
} actions[] = {
    { "attributevaluechange", TMF_CHANGE },
    { "attributechange", TMF_CHANGE },
    { "statechange", TMF_STATE },
    { "statuschange", TMF_STATE },
    { "creation", TMF_CREATE },
    { "create", TMF_CREATE },
    { "deletion", TMF_DELETE },
    { "delete", TMF_DELETE },
    { "removal", TMF_DELETE },
    { "remove", TMF_DELETE },
    { "informationrequired", TMF_REMARK },
    { "errormessage", TMF_REMARK },
    { "jeopardyalert", TMF_REMARK },
    { "milestone", TMF_REMARK },
};

bool tmf_type_parse(const char *type, enum tmf_resource *resource, enum tmf_action *action)
{
    char word[WORD_MAX];
    bool found = false;

    plain(type, 0, word);
    if (!cut_end(word, "event"))
        cut_end(word, "notification");
    for (size_t i = 0; i < sizeof actions / sizeof actions[0] && !found; i++) {
        found = cut_end(word, actions[i].end);
        *action = actions[i].action;
    }
    if (strcmp(word, "productorderitem") == 0) /* tells of one item; the resource is its order */
        cut_end(word, "item");
    for (int r = TMF_NONE + 1; found && r < TMF_RESOURCES; r++) {
        if (strcmp(word, resources[r].plain) == 0) {
            *resource = (enum tmf_resource)r;
            return true;
        }
    }
    return false;
}

bool tmf_type_names(const char *type, enum tmf_resource resource)
{
    char word[WORD_MAX];

    plain(type, 0, word);
    return resource != TMF_NONE && strncmp(word, resources[resource].plain, strlen(resources[resource].plain)) == 0;
}

bool tmf_type_is_foreign(const char *type)
{
    static const char *const foreign[] = { "customerbillondemand", "adjustproductstock", "reserveproductstock",
                                           "checkproductstock", "queryproductstock" };
    char word[WORD_MAX];

    plain(type, 0, word);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (strncmp(word, foreign[i], strlen(foreign[i])) == 0)
            return true;
    return false;
}

/* --- states --------------------------------------------------------------------------------------------------------
 */

struct state_word {
    const char *word;
    uint8_t rank; /* of refdata/fact_kinds.c */
};

#define CANCELLED FACT_STATE_CANCELLED
#define WORDS_END                                                                                                      \
    {                                                                                                                  \
        NULL, 0                                                                                                        \
    }
#define ALL_CANCELLED                                                                                                  \
    { "cancelled", CANCELLED }, { "canceled", CANCELLED }, { "rejected", CANCELLED },                                  \
    {                                                                                                                  \
        "failed", CANCELLED                                                                                            \
    }

/* placed 1, accepted 2, in_progress 3, completed 4 */
static const struct state_word order_words[] = {
    { "draft", TMF_RANK_NONE },
    { "partial", TMF_RANK_NONE },
    { "acknowledged", 1 },
    { "pending", 2 },
    { "held", 2 },
    { "inprogress", 3 },
    { "assessingcancellation", 3 },
    { "pendingcancellation", 3 },
    { "completed", 4 },
    { "complete", 4 },
    { "done", 4 },
    ALL_CANCELLED,
    WORDS_END,
};
/* Of the task alone "done" has an effect. */
static const struct state_word cancel_words[] = {
    { "acknowledged", 1 }, { "inprogress", 3 }, { "done", 4 }, { "completed", 4 }, { "terminatedwitherror", CANCELLED },
    ALL_CANCELLED,         WORDS_END,
};
/* issued 1, sent 2, partly_paid 3, settled 4 */
static const struct state_word bill_words[] = {
    { "new", 1 },     { "onhold", 1 },        { "validated", 1 },
    { "sent", 2 },    { "partiallypaid", 3 }, { "partiallysettled", 3 },
    { "settled", 4 }, { "paid", 4 },          ALL_CANCELLED,
    WORDS_END,
};
/* pending 1, received 4 */
static const struct state_word payment_words[] = {
    { "pendingauthorization", 1 },
    { "pending", 1 },
    { "initialized", 1 },
    { "authorized", 1 },
    { "captured", 4 },
    { "done", 4 },
    { "completed", 4 },
    { "denied", CANCELLED },
    ALL_CANCELLED,
    WORDS_END,
};
/* lead 1, qualified 2; a converted lead goes on as an opportunity elsewhere */
static const struct state_word lead_words[] = {
    { "new", 1 },       { "acknowledged", 1 }, { "pending", 1 },   { "inprogress", 1 }, { "accepted", 2 },
    { "qualified", 2 }, { "converted", 2 },    { "completed", 2 }, ALL_CANCELLED,       WORDS_END,
};

static const struct state_word *const state_words[TMF_RESOURCES] = {
    [TMF_ORDER] = order_words,     [TMF_CANCEL_ORDER] = cancel_words, [TMF_BILL] = bill_words,
    [TMF_PAYMENT] = payment_words, [TMF_REFUND] = payment_words,      [TMF_LEAD] = lead_words,
};

uint8_t tmf_state_rank(enum tmf_resource resource, const char *word)
{
    const struct state_word *known = state_words[resource];
    char head[WORD_MAX];

    plain(word, '.', head);
    for (; known && known->word; known++)
        if (strcmp(known->word, head) == 0)
            return known->rank;
    return TMF_RANK_UNKNOWN;
}
