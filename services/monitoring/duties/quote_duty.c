/* quote_duty: rules over quotes: which customers several sellers quoted, who undercut whom, in words. See duties.h. */
#include "monitoring/duties/duties.h"
#include "monitoring/duties/duty.h"
#include "monitoring/duties/quote_store.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

/* --- words --- */

static const char *unit_words(const struct duty *duty, uint32_t id)
{
    const struct ref_unit *unit = refdata_unit(duty->m->refdata, id);

    return !unit ? "?" : unit->name[0] ? arena_printf(tx_arena(duty->tx), "%s %s", unit->code, unit->name) : unit->code;
}

static const char *product_code(const struct duty *duty, uint32_t id)
{
    const struct ref_product *product = refdata_product(duty->m->refdata, id);

    return product ? product->code : "-";
}

/* "100.00", or "300.00 / 3" for several pieces. */
static const char *price_words(const struct duty *duty, const struct quote *quote)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, quote->amount, runtime_money_scale(tx_runtime(duty->tx)), 0);
    for (size_t len = strlen(text), least = len > 2 ? len - 2 : 0; len > least && strchr(text, '.'); len--) {
        if (text[len - 1] != '0')
            break;
        text[len - 1] = 0;
    }
    return quote->quantity > 1 ? arena_printf(tx_arena(duty->tx), "%s / %lld", text, (long long)quote->quantity)
                               : arena_strdup(tx_arena(duty->tx), text);
}

static const char *day_words(const struct duty *duty, const struct quote *quote)
{
    char text[DATE_TEXT_MAX];

    date_print(text, quote->day);
    return arena_strdup(tx_arena(duty->tx), text);
}

static const char *place_words(const struct duty *duty, const struct quote *quote, bool zh)
{
    if (!quote->file[0])
        return zh ? "无文件" : "no file";
    return arena_printf(tx_arena(duty->tx), zh ? "%s 第%lld行" : "%s row %lld", quote->file, (long long)quote->row);
}

static char *shared_words(const struct duty *duty, const struct quote *const *sellers, size_t count, bool zh)
{
    struct arena *arena = tx_arena(duty->tx);
    char *text = arena_printf(
        arena, zh ? "客户%s在%u天内有%zu个销售方报价：" : "customer %s was quoted within %u days by %zu sellers: ",
        sellers[0]->customer, duty->rule->days, count);

    for (size_t i = 0; i < count; i++) {
        const struct quote *q = sellers[i];

        text = arena_printf(arena, zh ? "%s%s%s %s报%s（%s，%s）" : "%s%s%s %s at %s (%s, %s)", text,
                            i ? (zh ? "；" : "; ") : "", unit_words(duty, q->seller), product_code(duty, q->product),
                            price_words(duty, q), day_words(duty, q), place_words(duty, q, zh));
    }
    return text;
}

static char *cut_words(const struct duty *duty, const struct quote_cut *cut, bool zh)
{
    const struct quote *low = cut->quote, *high = cut->before;

    return arena_printf(tx_arena(duty->tx),
                        zh ? "客户%s %s：%s报%s（%s，%s），比%s的%s（%s，%s）低%.2f%%"
                           : "customer %s, %s: %s quoted %s (%s, %s), against %s with %s (%s, %s): %.2f %% below",
                        low->customer, product_code(duty, low->product), unit_words(duty, low->seller),
                        price_words(duty, low), day_words(duty, low), place_words(duty, low, zh),
                        unit_words(duty, high->seller), price_words(duty, high), day_words(duty, high),
                        place_words(duty, high, zh), cut->ppm / 1e4);
}

/* --- one customer --- */

static int settle_shared(struct duty *duty, const struct quote *rows, size_t count, bool *found, struct err *err)
{
    const struct quote **sellers = arena_array(tx_arena(duty->tx), const struct quote *, count);
    size_t n = quotes_sellers(rows, count, sellers);
    struct duty_row *out = arena_array(tx_arena(duty->tx), struct duty_row, n);
    char *en, *zh;

    *found = n > 1;
    if (!*found)
        return 0;
    en = shared_words(duty, sellers, n, false);
    zh = shared_words(duty, sellers, n, true);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct duty_row) { sellers[i]->seller, en, zh };
    return duty_settle(duty, out, n, err);
}

static int settle_cut(struct duty *duty, const struct quote *rows, size_t count, bool *found, struct err *err)
{
    struct quote_cut cut;
    struct duty_row out[2];

    *found = quotes_deepest(rows, count, duty->rule->undercut_bp * 100, &cut);
    if (!*found)
        return 0;
    out[0] = (struct duty_row) { cut.quote->seller, cut_words(duty, &cut, false), cut_words(duty, &cut, true) };
    out[1] = (struct duty_row) { cut.before->seller, out[0].detail, out[0].detail_zh };
    return duty_settle(duty, out, 2, err);
}

/* --- all of them --- */

static bool is_of(const struct refdata *refdata, uint32_t product_id, uint32_t ancestor)
{
    for (int steps = 0; product_id && steps < 64; steps++) {
        const struct ref_product *product = refdata_product(refdata, product_id);

        if (product_id == ancestor)
            return true;
        product_id = product ? product->parent_id : 0;
    }
    return false;
}

/* The rule's product with all beneath it; none: any. An unknown one has nothing, which no quote names either. */
static size_t products_of(const struct duty *duty, int32_t **out)
{
    const struct refdata *refdata = duty->m->refdata;
    const struct ref_product *top = refdata_product_by_code(refdata, duty->rule->product);
    uint32_t limit = refdata_product_limit(refdata);
    size_t count = 0;

    *out = arena_array(tx_arena(duty->tx), int32_t, limit + 1);
    if (!duty->rule->product[0])
        return 0;
    (*out)[count++] = top ? (int32_t)top->id : -1;
    for (uint32_t id = 1; top && id < limit; id++)
        if (id != top->id && is_of(refdata, id, top->id))
            (*out)[count++] = (int32_t)id;
    return count;
}

int quotes_settle(struct duty *duty, char ***subjects, size_t *count, struct err *err)
{
    struct quote *rows;
    int32_t *products;
    size_t all, product_count = products_of(duty, &products);

    if (quote_store_contested(duty->tx, about_day(&duty->about) - (int32_t)duty->rule->days + 1,
                              duty->about.book ? about_day(&duty->about) : INT32_MAX, products, product_count, &rows,
                              &all, err) != 0)
        return -1;
    *subjects = arena_array(tx_arena(duty->tx), char *, all + 1);
    *count = 0;
    duty->whole = true;
    for (size_t from = 0, to; from < all; from = to) {
        bool found;
        int rc;

        for (to = from + 1; to < all && strcmp(rows[to].customer, rows[from].customer) == 0;)
            to++;
        duty->subject = rows[from].customer;
        rc = duty->rule->kind == RULE_QUOTE_SHARED ? settle_shared(duty, rows + from, to - from, &found, err)
                                                   : settle_cut(duty, rows + from, to - from, &found, err);
        if (rc != 0)
            return -1;
        if (found)
            (*subjects)[(*count)++] = (char *)(uintptr_t)duty->subject;
    }
    return 0;
}

/* Columns of another length than the keys' are a broken message. */
int on_quotes(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__QuotesRecorded *event = message;
    const size_t counts[] = { event->n_unit_id, event->n_seller_id, event->n_product_id,  event->n_customer,
                              event->n_amount,  event->n_quantity,  event->n_occurred_at, event->n_day,
                              event->n_state,   event->n_file,      event->n_row };

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] != event->n_record_key)
            return err_fail(err, ERR_INVALID, "bad_columns", "quotes in columns of %zu and %zu rows",
                            event->n_record_key, counts[i]);
    if (quote_store_put(tx, event, err) != 0)
        return -1;
    monitoring_write(tx)->duties_day = 0;
    return 0;
}
