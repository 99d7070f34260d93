/* money_rows: bills with their lines, payments with refunds, and leads as rows. See rows.h. */
#include "feedback/tmf/money.h"
#include "feedback/tmf/rows.h"

#include <string.h>
#include <strings.h>

/* A column and where its text stands. */
struct copied {
    const char *name, *path;
    bool may_be_open; /* a day that lies in the year 9999 says that there is none */
};

static void copy_texts(json_t *row, const json_t *body, const struct copied *columns)
{
    for (; columns->name; columns++) {
        const char *text = json_text_of(body, columns->path);

        if (!columns->may_be_open || strncmp(text, "9999-", 5) != 0)
            tmf_put(row, columns->name, text);
    }
}

static void put_money(json_t *row, const char *name, const json_t *money, bool negative, struct arena *arena)
{
    struct tmf_sum sum = { .units = 0 };

    tmf_sum_money(&sum, money, TMF_AS_IT_IS);
    tmf_put(row, name, tmf_sum_text(&sum, negative, arena));
    if (sum.unit && !json_object_get(row, "currency"))
        tmf_put(row, "currency", sum.unit);
}

/* The first of two that is an amount. */
static const json_t *either(const json_t *body, const char *one, const char *other)
{
    const json_t *money = json_text_at(body, one);

    return money ? money : json_text_at(body, other);
}

/* --- bills ---------------------------------------------------------------------------------------------------------
 */

static const struct copied bill_columns[] = {
    { "bill_no", "billNo", false },
    { "billed_at", "billDate", false },
    { "due_at", "paymentDueDate", true },
    { "category", "category", false },
    { "run_type", "runType", false },
    { "from", "billingPeriod.startDateTime", false },
    { "until", "billingPeriod.endDateTime", true },
    { NULL, NULL, false },
};
static const struct copied line_columns[] = {
    { "name", "name", false },
    { "charged_at", "date", false },
    { "product", "product.id", false },
    { "product_name", "product.name", false },
    { "from", "periodCoverage.startDateTime", false },
    { "until", "periodCoverage.endDateTime", true },
    { NULL, NULL, false },
};

static bool is_negative(const struct tmf_build *build)
{
    const char *category = json_text_of(build->body, "category");

    return build->setting->credit_notes_unsigned &&
           (strcasecmp(category, "credit note") == 0 || strcasecmp(category, "creditNote") == 0);
}

static json_t *bill_row(const struct tmf_build *build)
{
    json_t *row = json_object();

    tmf_put(row, "bill", build->id);
    copy_texts(row, build->body, bill_columns);
    tmf_put_parties(row, build->body);
    return row;
}

static void add_bill(struct tmf_build *build, bool negative)
{
    const json_t *body = build->body;
    json_t *row = bill_row(build);

    put_money(row, "amount", either(body, "taxIncludedAmount", "taxExcludedAmount"), negative, build->arena);
    put_money(row, "tax_excluded", json_text_at(body, "taxExcludedAmount"), negative, build->arena);
    put_money(row, "amount_due", json_text_at(body, "amountDue"), negative, build->arena);
    put_money(row, "remaining", json_text_at(body, "remainingAmount"), negative, build->arena);
    tmf_add(build, row, "", "bill", json_text_of(body, "billDate"));
}

static void add_line(struct tmf_build *build, const json_t *line, size_t place, bool negative)
{
    static const char *const types[] = { "appliedBillingRateType", "type", NULL };
    const char *id = json_text_of(line, "id"), *date = json_text_of(line, "date");
    char *name = *id ? arena_strdup(build->arena, id) : arena_printf(build->arena, "%zu", place);
    json_t *row = bill_row(build);

    tmf_put(row, "line", name);
    tmf_put(row, "type", json_text_first(line, types));
    copy_texts(row, line, line_columns);
    put_money(row, "amount", either(line, "taxIncludedAmount", "taxExcludedAmount"), negative, build->arena);
    put_money(row, "tax_excluded", json_text_at(line, "taxExcludedAmount"), negative, build->arena);
    tmf_add(build, row, "", name, *date ? date : json_text_of(build->body, "billDate"));
}

void tmf_bill_rows(struct tmf_build *build)
{
    const json_t *lines = json_text_at(build->body, "appliedCustomerBillingRate");
    bool negative = is_negative(build);
    size_t i;
    json_t *line;

    if (build->setting->kind == FACT_BILL)
        add_bill(build, negative);
    if (build->setting->kind != FACT_BILL_LINE)
        return;
    json_array_foreach((json_t *)(uintptr_t)lines, i, line) add_line(build, line, i + 1, negative);
}

/* --- payments ------------------------------------------------------------------------------------------------------
 */

static const struct copied payment_columns[] = {
    { "paid_at", "paymentDate", false },
    { "method", "paymentMethod.name", false },
    { "method_type", "paymentMethod.@type", false },
    { "correlator", "correlatorId", false },
    { "name", "name", false },
    { "customer", "payer.id", false },
    { "channel", "channel.id", false },
    { "channel_name", "channel.name", false },
    { "payer_name", "payer.name", false },
    { "of_payment", "payment.id", false },
    { NULL, NULL, false },
};

void tmf_payment_rows(struct tmf_build *build)
{
    static const char *const dates[] = { "paymentDate", "refundDate", NULL };
    bool refund = build->resource == TMF_REFUND;
    json_t *row = json_object();

    tmf_put(row, "payment", build->id);
    tmf_put(row, "what", tmf_resource_name(build->resource));
    tmf_put_parties(row, build->body);
    copy_texts(row, build->body, payment_columns);
    put_money(row, "amount", either(build->body, "totalAmount", "amount"), refund, build->arena);
    tmf_add(build, row, "", "payment", json_text_first(build->body, dates));
}

/* --- leads ---------------------------------------------------------------------------------------------------------
 */

static const struct copied lead_columns[] = {
    { "name", "name", false },
    { "created_at", "creationDate", false },
    { "priority", "priority", false },
    { "rating", "rating", false },
    { "channel", "channel.id", false },
    { "channel_name", "channel.name", false },
    { "type", "type", false },
    { "offering", "productOffering.id", false },
    { "source", "marketingCampaign.id", false },
    { NULL, NULL, false },
};

void tmf_lead_rows(struct tmf_build *build)
{
    json_t *row = json_object();

    tmf_put(row, "lead", build->id);
    tmf_put_parties(row, build->body);
    copy_texts(row, build->body, lead_columns);
    put_money(row, "amount", json_text_at(build->body, "estimatedRevenue"), false, build->arena);
    tmf_add(build, row, "", "lead", json_text_of(build->body, "creationDate"));
}
